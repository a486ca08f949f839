"""The model: read from a Hugging Face directory, asked for log-probabilities of trees, written back. Float32 throughout. Samples nothing: see decoding.py."""

from __future__ import annotations

import copy
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as library_log

from .failure import TrainerFailure
from .trees import PackedTree

_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".safetensors.index.json", ".bin.index.json")
FAMILIES = ("llama", "qwen2", "qwen3")

Weights = dict[str, Tensor]
"""By the names that they have in model.safetensors; a tied output layer is the embedding."""


# What is printed is the worker's log.
library_log.disable_progress_bar()


@dataclass(frozen=True)
class Targets:
    """What is known of the target tokens of a batch of trees, in the order of the trees and of their tokens."""

    logprobs: Tensor
    entropies: Tensor | None


def read_model(directory: str) -> Any:
    """transformers' model with its weights, in this process's memory."""
    try:
        config = AutoConfig.from_pretrained(directory, local_files_only=True)
        if config.model_type not in FAMILIES:
            raise TrainerFailure(
                "model_unreadable", f"the model is of type {config.model_type}, not {', '.join(FAMILIES)}"
            )
        return AutoModelForCausalLM.from_pretrained(
            directory, local_files_only=True, dtype=torch.float32, attn_implementation="sdpa"
        ).eval()
    except (OSError, ValueError, KeyError) as error:
        raise TrainerFailure("model_unreadable", f"The model cannot be loaded: {error}") from error


def save_model(directory: str, source: str, weights: Weights) -> None:
    """A Hugging Face directory: these weights, and all that is no weights of the model that the run started from."""
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        if os.path.isfile(path) and not name.endswith(_WEIGHTS) and name != "README.md":
            shutil.copyfile(path, os.path.join(directory, name))
    config_path = os.path.join(directory, "config.json")
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    config["dtype" if "dtype" in config else "torch_dtype"] = "float32"
    with open(config_path, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
    save_file(weights, os.path.join(directory, "model.safetensors"), metadata={"format": "pt"})


def eos_token_ids(config: Any) -> list[int]:
    ids = config.eos_token_id
    return [] if ids is None else list(ids) if isinstance(ids, list) else [ids]


def hollow(model: Any) -> Any:
    """The same model without weights: as large as its configuration."""
    places = {id(p): torch.nn.Parameter(p.to("meta"), p.requires_grad) for p in model.parameters()}
    return copy.deepcopy(model, places)  # type: ignore[arg-type]


def fill(model: Any, weights: Weights) -> Any:
    """Gives a hollow model these weights, which are not copied."""
    model.load_state_dict(weights, strict=False, assign=True)
    model.tie_weights()
    return model


def whole_tensor(value: Tensor) -> Tensor:
    """All of a tensor, which may be sharded: then every rank has to ask for it at the same time."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def gathered(tensors: dict[str, Tensor], keeps: bool) -> Weights:
    """All of each tensor, on the processor; nothing on a rank that does not keep them, which has to ask all the same."""
    kept: Weights = {}
    for name, value in tensors.items():
        whole = whole_tensor(value.detach())
        if keeps:
            kept[name] = whole.cpu().contiguous()
    return kept


class _LogProbabilities(torch.nn.Module):
    """The model up to what a loss takes of it: what FSDP2 gathers weights for and scatters gradients of."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.causal = model

    def forward(
        self, ids: Tensor, positions: Tensor, mask: Tensor, picks: tuple[Tensor, Tensor], targets: Tensor,
        temperature: float, with_entropies: bool,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        hidden = self.causal.model(
            input_ids=ids, position_ids=positions, attention_mask=mask[:, None], use_cache=False
        ).last_hidden_state
        logs = torch.log_softmax(self.causal.lm_head(hidden[picks]).float() / temperature, dim=-1)
        logprobs = logs.gather(1, targets[:, None]).sum(1)
        return logprobs, -(logs.exp() * logs).sum(-1) if with_entropies else None


class Policy:
    def __init__(self, model: Any, device: torch.device, mesh: DeviceMesh | None = None) -> None:
        """`mesh`: the ranks over which its weights are sharded; none: they are all here."""
        self.config, self.device = model.config, device
        self._hollow = None if mesh is None else hollow(model)
        if mesh is None:
            model.to(device)
        self._model = model
        self._logprobs = _LogProbabilities(model)
        if mesh is not None:
            for layer in model.model.layers:
                fully_shard(layer, mesh=mesh)
            fully_shard(self._logprobs, mesh=mesh)

    @property
    def vocab_size(self) -> int:
        return self.config.vocab_size

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """Those of an adapter too."""
        return dict(self._model.named_parameters())

    @contextmanager
    @torch.no_grad()
    def whole(self) -> Iterator[Any]:
        """transformers' model with all its weights on this device, to be sampled from; where they are sharded, for this time alone."""
        if self._hollow is None:
            yield self._model
            return
        weights = {name: whole_tensor(value.detach()) for name, value in self.parameters().items()}
        yield fill(copy.deepcopy(self._hollow), weights).to(self.device)

    def targets_of(self, trees: list[PackedTree], temperature: float, with_entropies: bool) -> Targets:
        """Log-probabilities of the target tokens of trees under the softmax at this temperature, and its entropies."""
        length = max(len(tree.tokens) for tree in trees)
        ids = torch.zeros(len(trees), length, dtype=torch.long)
        positions = torch.zeros(len(trees), length, dtype=torch.long)
        mask = torch.eye(length, dtype=torch.bool).repeat(len(trees), 1, 1)
        rows, before, targets = [], [], []
        for b, tree in enumerate(trees):
            n = len(tree.tokens)
            ids[b, :n] = torch.tensor(tree.tokens)
            positions[b, :n] = torch.tensor(tree.depths)
            mask[b, :n, :n] = tree.sees()
            rows += [b] * len(tree.targets)
            before += [tree.previous[t] for t in tree.targets]
            targets += [tree.tokens[t] for t in tree.targets]
        there = [torch.tensor(x, device=self.device) for x in (rows, before, targets)]
        inputs = (ids.to(self.device), positions.to(self.device), mask.to(self.device))
        return Targets(*self._logprobs(*inputs, (there[0], there[1]), there[2], temperature, with_entropies))

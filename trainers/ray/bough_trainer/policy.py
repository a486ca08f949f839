"""The model: loaded from a Hugging Face directory, asked for log-probabilities of trees, written back. Float32 throughout. Samples nothing: see sampling.py."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import Any, cast

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as library_log

from .failure import TrainerFailure
from .trees import PackedTree

_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".safetensors.index.json", ".bin.index.json")
FAMILIES = ("llama", "qwen2", "qwen3")


# What is printed is the worker's log.
library_log.disable_progress_bar()


@dataclass(frozen=True)
class Targets:
    """What is known of the target tokens of a batch of trees, in the order of the trees and of their tokens."""

    logprobs: Tensor
    entropies: Tensor | None


class Policy:
    def __init__(self, directory: str, device: torch.device) -> None:
        try:
            self.config = AutoConfig.from_pretrained(directory, local_files_only=True)
            if self.config.model_type not in FAMILIES:
                raise TrainerFailure(
                    "model_unreadable", f"the model is of type {self.config.model_type}, not {', '.join(FAMILIES)}"
                )
            loaded = AutoModelForCausalLM.from_pretrained(
                directory, local_files_only=True, dtype=torch.float32, attn_implementation="sdpa"
            )
        except (OSError, ValueError, KeyError) as error:
            raise TrainerFailure("model_unreadable", f"The model cannot be loaded: {error}") from error
        self.model = cast(Any, loaded).to(device).eval()
        self.device = device

    @property
    def vocab_size(self) -> int:
        return self.config.vocab_size

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """By the names that they have in model.safetensors; a tied output layer is the embedding."""
        return dict(self.model.named_parameters())

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
        hidden = self.model.model(
            input_ids=ids.to(self.device),
            position_ids=positions.to(self.device),
            attention_mask=mask[:, None].to(self.device),
            use_cache=False,
        ).last_hidden_state
        picked = hidden[torch.tensor(rows, device=self.device), torch.tensor(before, device=self.device)]
        logs = torch.log_softmax(self.model.lm_head(picked).float() / temperature, dim=-1)
        logprobs = logs.gather(1, torch.tensor(targets, device=self.device)[:, None])[:, 0]
        return Targets(logprobs, -(logs.exp() * logs).sum(-1) if with_entropies else None)

    def save(self, directory: str, source: str) -> None:
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
        weights = {name: value.detach().cpu().contiguous() for name, value in self.parameters().items()}
        save_file(weights, os.path.join(directory, "model.safetensors"), metadata={"format": "pt"})

    def eos_token_ids(self) -> list[int]:
        ids = self.config.eos_token_id
        return [] if ids is None else list(ids) if isinstance(ids, list) else [ids]

    @property
    def max_positions(self) -> int:
        return self.config.max_position_embeddings

"""Low-rank matrices beside frozen linear layers (LoRA, arXiv 2106.09685), in PEFT's names and files: y = x Wᵀ + (α / r) x Aᵀ Bᵀ."""

from __future__ import annotations

import json
import math
import os
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .draws import adapter_draws
from .failure import TrainerFailure
from .policy import Weights

ADAPTER_FOLDER = "adapter"
_WEIGHTS, _CONFIG = "adapter_model.safetensors", "adapter_config.json"
# What PEFT puts before the names of the model's own modules.
_PREFIX = "base_model.model."
# In the order of a layer's parameters.
_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

Spec = dict[str, Any]


class AdaptedLinear(torch.nn.Linear):
    """Takes a layer's weights over, which stay as they are."""

    def __init__(self, layer: torch.nn.Linear, rank: int, scale: float) -> None:
        super().__init__(layer.in_features, layer.out_features, layer.bias is not None, device="meta")
        self.weight, self.bias = layer.weight, layer.bias
        self.lora_A = torch.nn.Linear(layer.in_features, rank, bias=False)
        self.lora_B = torch.nn.Linear(rank, layer.out_features, bias=False)
        self._scale = scale

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) + self._scale * self.lora_B(self.lora_A(input))


def add_adapter(model: Any, spec: Spec, seed: int, checkpoint: str | None) -> None:
    """Freezes the model and puts an adapter beside it: the checkpoint's, or a new one, whose B is zero."""
    stored = None if checkpoint is None else _stored(checkpoint)
    model.requires_grad_(False)
    scale = spec["alpha"] / spec["rank"]
    targets = [name for name in _TARGETS if name in spec["target_modules"]]
    place = 0
    for index, layer in enumerate(model.model.layers):
        for target in targets:
            parent = layer.self_attn if hasattr(layer.self_attn, target) else layer.mlp
            adapted = AdaptedLinear(getattr(parent, target), spec["rank"], scale)
            setattr(parent, target, adapted)
            part = "self_attn" if parent is layer.self_attn else "mlp"
            with torch.no_grad():
                for matrix in ("lora_A", "lora_B"):
                    weight = getattr(adapted, matrix).weight
                    if stored is not None:
                        _copy(weight, stored, f"model.layers.{index}.{part}.{target}.{matrix}.weight")
                    elif matrix == "lora_A":
                        draws = torch.from_numpy(adapter_draws(seed, place, weight.numel()))
                        weight.copy_(((2 * draws - 1) / math.sqrt(weight.shape[1])).view_as(weight))
                    else:
                        weight.zero_()
                    place += 1


def save_adapter(checkpoint: str, weights: Weights, spec: Spec, base_model: str) -> None:
    directory = os.path.join(checkpoint, ADAPTER_FOLDER)
    os.makedirs(directory)
    own = {_PREFIX + name: value for name, value in weights.items() if _is_own(name)}
    save_file(own, os.path.join(directory, _WEIGHTS), metadata={"format": "pt"})
    description = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base_model, "r": spec["rank"],
        "lora_alpha": spec["alpha"], "lora_dropout": spec["dropout"], "target_modules": spec["target_modules"],
        "bias": "none", "fan_in_fan_out": False, "inference_mode": True, "init_lora_weights": True,
        "modules_to_save": None, "use_dora": False, "use_rslora": False,
    }  # fmt: skip
    with open(os.path.join(directory, _CONFIG), "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)


def merged(weights: Weights, spec: Spec) -> Weights:
    """W + (α / r) B A wherever the adapter works, and nothing of the adapter."""
    scale = spec["alpha"] / spec["rank"]
    whole = {name: value for name, value in weights.items() if not _is_own(name)}
    for name in weights:
        if name.endswith(".lora_A.weight"):
            module = name.removesuffix(".lora_A.weight")
            low_rank = weights[f"{module}.lora_B.weight"] @ weights[name]
            whole[f"{module}.weight"] = whole[f"{module}.weight"] + scale * low_rank
    return whole


def _is_own(name: str) -> bool:
    return ".lora_" in name


def _stored(checkpoint: str) -> Weights:
    try:
        return load_file(os.path.join(checkpoint, ADAPTER_FOLDER, _WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise _unusable(str(error)) from error


def _copy(weight: Tensor, stored: Weights, name: str) -> None:
    found = stored.get(_PREFIX + name)
    if found is None or found.shape != weight.shape:
        what = "is missing" if found is None else f"is {list(found.shape)}, not {list(weight.shape)}"
        raise _unusable(f"the adapter's {name} {what}")
    weight.copy_(found)


def _unusable(reason: str) -> TrainerFailure:
    return TrainerFailure("checkpoint_unusable", f"The checkpoint cannot be resumed from: {reason}")

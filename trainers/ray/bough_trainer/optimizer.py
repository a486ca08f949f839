"""AdamW on a policy's parameters, with the schedule of learning rates and clipping by the norm of all gradients: PyTorch's own, set up as src/engine/optim has them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from .failure import TrainerFailure
from .policy import whole_tensor

Spec = dict[str, Any]


class Optimizer:
    def __init__(self, parameters: dict[str, torch.nn.Parameter], spec: Spec) -> None:
        self._parameters = parameters
        self._max_norm: float | None = spec["max_grad_norm"]
        decays = lambda p: spec["decay"] == "all" or p.dim() == 2  # noqa: E731
        groups = [
            {"params": [p for p in parameters.values() if decays(p)], "weight_decay": spec["weight_decay"]},
            {"params": [p for p in parameters.values() if not decays(p)], "weight_decay": 0.0},
        ]
        self._adamw = torch.optim.AdamW(groups, betas=tuple(spec["betas"]), eps=spec["epsilon"], foreach=True)
        self.count = 0

    def zero(self) -> None:
        self._adamw.zero_grad(set_to_none=True)

    def step(self, loss: float, learning_rate: float) -> float:
        """One step on the gradients that were added up. Returns their norm before clipping; raises, with the weights untouched, where it is not finite."""
        most = math.inf if self._max_norm is None else self._max_norm
        norm = float(whole_tensor(torch.nn.utils.clip_grad_norm_(self._parameters.values(), most)))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            what = f"loss {loss}, gradient norm {norm}"
            raise TrainerFailure("policy_diverged", f"Training diverged ({what}): lower optimizer.learning_rate")
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        self._adamw.step()
        self.count += 1
        return norm

    def moments(self) -> dict[str, Tensor]:
        """`m:<parameter>` and `v:<parameter>`, as the other trainer's checkpoints have them, sharded as the parameters are."""
        moments: dict[str, Tensor] = {}
        for name, parameter in self._parameters.items():
            state = self._adamw.state.get(parameter) or {}
            for short, long in (("m", "exp_avg"), ("v", "exp_avg_sq")):
                moments[f"{short}:{name}"] = state[long] if long in state else torch.zeros_like(parameter)
        return moments

    def restore(self, count: int, moments: dict[str, Tensor]) -> None:
        """Raises KeyError for a moment that is missing."""
        self.count = count
        for name, parameter in self._parameters.items():
            self._adamw.state[parameter] = {
                "step": torch.tensor(float(count)),
                "exp_avg": _like(parameter, moments[f"m:{name}"]),
                "exp_avg_sq": _like(parameter, moments[f"v:{name}"]),
            }


def _like(parameter: torch.nn.Parameter, whole: Tensor) -> Tensor:
    """A tensor of a parameter's shape where the parameter is: of one that is sharded, this rank's shard."""
    if isinstance(parameter, DTensor):
        there = whole.to(parameter.device_mesh.device_type).view(parameter.shape)
        return distribute_tensor(there, parameter.device_mesh, parameter.placements, src_data_rank=None)
    return whole.to(parameter.device).view_as(parameter).clone()


def learning_rate(spec: Spec, update: int, updates: int) -> float:
    """Of an update, counted from 0, of `updates` in all."""
    peak, warmup, final = spec["learning_rate"], spec["warmup_steps"], spec["final_fraction"]
    if update < warmup:
        return peak * (update + 1) / (warmup + 1)
    progress = (update - warmup) / max(1, updates - warmup)
    if spec["schedule"] == "constant":
        return peak
    if spec["schedule"] == "linear":
        return peak * (1 - (1 - final) * progress)
    if spec["schedule"] == "cosine":
        return peak * (final + (1 - final) * 0.5 * (1 + math.cos(math.pi * progress)))
    start = spec["decay_start"]
    decayed = max(0.0, progress - start) / max(1e-12, 1 - start)
    return peak * (1 - (1 - final) * min(1.0, decayed))

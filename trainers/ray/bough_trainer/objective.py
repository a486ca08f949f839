"""The losses of a policy over unique target tokens, as src/engine/objectives has them: PPO's clipped objective with dual clip, KL to a reference and an entropy bonus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .policy import Targets

_FAR = 20.0
_MOST_KL = 10.0


@dataclass(frozen=True)
class Values:
    """What is known of each target before the policy is asked. Weights and advantages are over the loss's denominator."""

    old_logprobs: Tensor
    positive: Tensor
    negative: Tensor
    weights: Tensor
    copies: Tensor
    positive_copies: Tensor
    negative_copies: Tensor
    reference: Tensor | None = None

    def to(self, device: torch.device) -> Values:
        return Values(*(None if one is None else one.to(device) for one in vars(self).values()))  # type: ignore[arg-type]


def policy_loss(targets: Targets, values: Values, training: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
    """The loss, to be minimised, and sums of its metrics."""
    low, high = 1 - training["clip_low"], 1 + training["clip_high"]
    cap = training["dual_clip"]
    ratio = (targets.logprobs - values.old_logprobs).clamp(-_FAR, _FAR).exp()
    raised = ratio.clamp(min=low)
    lost = raised if cap is None else raised.clamp(max=cap)
    loss = -(values.positive * ratio.clamp(max=high) + values.negative * lost).sum()
    capped = torch.zeros_like(ratio) if cap is None else (raised > cap).float()
    clipped = values.positive_copies * (ratio > high) + values.negative_copies * (ratio < low)
    sums = {
        "pg_loss": float(loss.detach()),
        "clip_fraction": float(clipped.sum()),
        "dual_clip_fraction": float((values.negative_copies * capped).sum()),
    }
    if values.reference is not None:
        d = (values.reference - targets.logprobs).clamp(-_FAR, _FAR)
        kl = (values.weights * (d.exp() - d - 1).clamp(-_MOST_KL, _MOST_KL)).sum()
        loss = loss + training["kl_coefficient"] * kl
        sums["kl_to_reference"] = float(kl.detach())
    if training["entropy_bonus"] != 0:
        assert targets.entropies is not None
        loss = loss - training["entropy_bonus"] * (values.weights * targets.entropies).sum()
    return loss, sums

"""Draws tokens from rows of logits, on the device: only ids, log-probabilities and entropies come back. Not random itself: the caller brings the uniform draws."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .failure import TrainerFailure

_LEAST_TEMPERATURE = 1e-6


@dataclass(frozen=True)
class Drawn:
    """A token with what is known of the distribution that it was drawn from: of the full softmax at the sampling temperature."""

    token: int
    logprob: float
    entropy: float


class Sampler:
    def __init__(self, temperature: float, top_p: float) -> None:
        self._temperature, self._top_p = temperature, top_p

    def draw(self, logits: Tensor, rows: list[int], quantiles: list[float], forced: list[int | None]) -> list[Drawn]:
        """For each entry of `rows` the token at its quantile of that row's distribution, or the one that is forced."""
        if not rows:
            return []
        greedy = self._temperature == 0
        scale = 1.0 if greedy else 1 / max(self._temperature, _LEAST_TEMPERATURE)
        logs = torch.log_softmax(logits.double() * scale, dim=-1)
        probabilities = logs.exp()
        entropies = -(probabilities * logs).sum(-1)
        index = torch.tensor(rows, device=logits.device)
        if greedy:
            tokens = logs.argmax(-1)[index]
        else:
            tokens = self._choose(
                probabilities, index, torch.tensor(quantiles, dtype=torch.float64, device=logits.device)
            )
        fixed = torch.tensor([-1 if token is None else token for token in forced], device=logits.device)
        tokens = torch.where(fixed >= 0, fixed, tokens)
        found = torch.stack([tokens.double(), logs[index, tokens], entropies[index]]).cpu()
        if not bool(torch.isfinite(found).all()):
            message = "The model gives no finite logits: where it is being trained, lower optimizer.learning_rate"
            raise TrainerFailure("policy_diverged", message)
        return [Drawn(int(token), min(0.0, logprob), entropy) for token, logprob, entropy in found.T.tolist()]

    def _choose(self, probabilities: Tensor, index: Tensor, quantiles: Tensor) -> Tensor:
        if self._top_p == 1:
            cumulative = probabilities.cumsum(-1)[index]
            chosen = torch.searchsorted(cumulative, (quantiles * cumulative[:, -1])[:, None], right=True)[:, 0]
            return chosen.clamp(max=probabilities.shape[-1] - 1)
        # The fewest most probable tokens that hold top_p of the mass, the most probable first.
        ordered, tokens = probabilities.sort(stable=True, dim=-1, descending=True)
        before = ordered.cumsum(-1) - ordered
        kept = torch.where(before < self._top_p, ordered, 0.0).cumsum(-1)[index]
        at = torch.searchsorted(kept, (quantiles * kept[:, -1])[:, None], right=True)
        return tokens[index].gather(1, at.clamp(max=tokens.shape[-1] - 1))[:, 0]

"""Where a rollout branches: the entropy change after a tool result, the fork probability it gives, and who gets the forks that are left. As src/trainer/algorithms/branching.ts has it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable

Probe = tuple[float, int]
Rule = dict[str, Any]


def mean_entropy(probe: Probe) -> float:
    return probe[0] / probe[1] if probe[1] else 0.0


def _relative(now: Probe, before: Probe, _: int) -> float:
    total = mean_entropy(now) + mean_entropy(before)
    return (mean_entropy(now) - mean_entropy(before)) / total if total else 0.0


_scales: dict[str, Callable[[Probe, Probe, int], float]] = {
    "relative": _relative,
    "mean_over_log_vocab": lambda now, before, v: (mean_entropy(now) - mean_entropy(before)) / math.log(v),
    "sum_over_log_vocab": lambda now, before, v: (now[0] - before[0]) / math.log(v),
    "sum_over_vocab": lambda now, before, v: (now[0] - before[0]) / v,
}


def delta_entropy(scale: str, now: Probe, before: Probe, vocab_size: int) -> float:
    """How much more uncertain the policy is right after a tool result than at the start of the trajectory."""
    return _scales[scale](now, before, vocab_size)


def branch_probability(rule: Rule, delta: float, forks_in_a_row: int) -> float:
    discount = max(0.0, 1 - rule["repeat_penalty"] * forks_in_a_row)
    return min(1.0, max(0.0, (rule["base_probability"] + rule["entropy_weight"] * delta) * discount))


def forks_wanted(rule: Rule, probability: float, draw: Callable[[int], float]) -> int:
    """How many of the Z attempts fork: each with the probability, or all iff it exceeds the threshold."""
    if rule["threshold"] is not None:
        return rule["branch_factor"] if probability > rule["threshold"] else 0
    return sum(draw(attempt) < probability for attempt in range(rule["branch_factor"]))


@dataclass
class Candidate:
    trajectory: int
    depth: int
    delta: float
    lot: float
    wanted: int = 0


def _ranked(candidates: list[Candidate], order: str) -> list[int]:
    """Indices of the candidates, the first to be served first."""

    def key(at: int) -> tuple[float, ...]:
        one = candidates[at]
        first = {"entropy": (-one.delta, -one.depth), "random": (one.lot,), "index": ()}[order]
        return (*first, one.trajectory, one.depth)

    return sorted(range(len(candidates)), key=key)


def grant_forks(candidates: list[Candidate], quota: int, order: str) -> list[int]:
    """Forks granted to each candidate until the quota is used up; aligned with `candidates`."""
    granted = [0] * len(candidates)
    for at in _ranked(candidates, order):
        granted[at] = min(candidates[at].wanted, quota)
        quota -= granted[at]
    return granted


def spread_forks(candidates: list[Candidate], quota: int, order: str) -> list[int]:
    """All forks of a group at once, spread evenly over the upper half of the points."""
    forks = [0] * len(candidates)
    chosen = _ranked(candidates, order)[: -(-len(candidates) // 2)]
    for fork in range(quota if chosen else 0):
        forks[chosen[fork % len(chosen)]] += 1
    return forks

"""Every random draw of a run, by name: a pure function of the run's seed and of what it decides, the same as in src/trainer/draws.ts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_MASK = 0xFFFFFFFF
SHUFFLE, FRESH, TOKEN, FORKED_TOKEN, BRANCH, ADAPTER = 1, 2, 3, 4, 5, 6


def _philox(counter: list[Any], key: tuple[int, int]) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10 (Salmon et al. 2011), of numbers or of arrays of uint64."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + 0x9E3779B9) & _MASK, (k1 + 0xBB67AE85) & _MASK
    return c0, c1, c2, c3


def uniform(seed: int, *counters: int) -> float:
    """The double in [0, 1), of 53 random bits, that `seed` and `counters` name. More than four counters are chained."""
    key = (seed & _MASK, (seed >> 32) & _MASK)
    block = 0
    while True:
        words = _philox((list(counters[block : block + 4]) + [0] * 4)[:4], key)
        block += 4
        if block >= len(counters):
            return ((words[0] >> 5) * 0x4000000 + (words[1] >> 6)) / 0x20000000000000
        key = (words[0], words[1])


def adapter_draws(seed: int, parameter: int, count: int) -> np.ndarray:
    """Of the elements of a new adapter's parameter, all at once."""
    numbers = lambda value: np.full(count, value, np.uint64)  # noqa: E731
    counter = [numbers(ADAPTER), numbers(parameter), np.arange(count, dtype=np.uint64), numbers(0)]
    words = _philox(counter, (seed & _MASK, (seed >> 32) & _MASK))
    return ((words[0] >> 5) * 0x4000000 + (words[1] >> 6)) / 0x20000000000000


@dataclass(frozen=True)
class RolloutDraws:
    """Draws of the rollouts of one step."""

    seed: int
    step: int

    def first_token(self, place: int, fresh: int) -> float:
        return uniform(self.seed, FRESH, self.step, place, fresh)

    def token(self, place: int, trajectory: int, position: int) -> float:
        return uniform(self.seed, TOKEN, self.step, place, trajectory, position)

    def forked_token(self, place: int, trajectory: int, call: int, attempt: int) -> float:
        return uniform(self.seed, FORKED_TOKEN, self.step, place, trajectory, call, attempt)

    def branch(self, place: int, trajectory: int, call: int, attempt: int) -> float:
        return uniform(self.seed, BRANCH, self.step, place, trajectory, call, attempt)


def shuffled(seed: int, epoch: int, count: int) -> list[int]:
    """A permutation of `count` indices for one epoch (Fisher and Yates)."""
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = int(uniform(seed, SHUFFLE, epoch, i) * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order

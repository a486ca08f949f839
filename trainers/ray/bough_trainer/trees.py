"""Token trees as one row each: what several sequences share is there once, and every token sees its ancestors only. Data; runs no model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PackedSegment:
    parent: int | None
    tokens: list[int]
    train: bool


class PackedTree:
    """Segments in an order in which parents come first."""

    def __init__(self, segments: list[PackedSegment]) -> None:
        self.tokens: list[int] = []
        self.depths: list[int] = []
        self.previous: list[int] = []
        """Of each token the one before it on its path; -1 for the first."""
        self.targets: list[int] = []
        self._is_chain = all(s.parent == (i - 1 if i else None) for i, s in enumerate(segments))
        ends: list[tuple[int, int]] = []
        for segment in segments:
            last, depth = (-1, 0) if segment.parent is None else ends[segment.parent]
            for token in segment.tokens:
                at = len(self.tokens)
                self.tokens.append(token)
                self.depths.append(depth)
                self.previous.append(last)
                if segment.train:
                    self.targets.append(at)
                last, depth = at, depth + 1
            ends.append((last, depth))

    def sees(self) -> Tensor:
        """[T, T]: whether a token attends to another: to itself and to those before it on its path."""
        n = len(self.tokens)
        if self._is_chain:
            return torch.tril(torch.ones(n, n, dtype=torch.bool))
        mask = torch.zeros(n, n, dtype=torch.bool)
        for at, before in enumerate(self.previous):
            if before >= 0:
                mask[at] = mask[before]
            mask[at, at] = True
        return mask


def chain(spans: list[tuple[list[int], bool]]) -> PackedTree:
    """One sequence."""
    return PackedTree([PackedSegment(i - 1 if i else None, tokens, train) for i, (tokens, train) in enumerate(spans)])

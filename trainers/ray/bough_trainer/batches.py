"""Cuts a list into parts of so much weight at a time."""

from __future__ import annotations

from typing import Callable, TypeVar

T = TypeVar("T")


def chunks_by_weight(items: list[T], most: int, weight_of: Callable[[T], int]) -> list[list[T]]:
    """Consecutive items whose weights add up to at most `most`; an item that is heavier by itself stands alone."""
    parts: list[list[T]] = []
    total = most
    for item in items:
        weight = weight_of(item)
        if not parts or total + weight > most:
            parts.append([])
            total = 0
        parts[-1].append(item)
        total += weight
    return parts

"""Rewards of a group to advantages of its trajectories, and those to credit of segments, as src/trainer/algorithms has it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .rollout_tree import Tree

_EPSILON = 1e-6


def group_advantages(rewards: list[float | None], spec: dict[str, Any]) -> tuple[str, list[float | None]]:
    """What became of the group, and its advantages: over those that have rewards."""
    scored = [reward for reward in rewards if reward is not None]
    if len(scored) < 2:
        return "skipped", [None] * len(rewards)
    flat = all(reward == scored[0] for reward in scored)
    if flat and spec["zero_variance"] == "drop":
        return "zero_variance", [None] * len(rewards)
    n = len(scored)
    mean = scored[0] if flat else sum(scored) / n
    std = math.sqrt(sum((reward - mean) ** 2 for reward in scored) / (n - 1))
    scale = {"grpo": 1 / (std + _EPSILON), "mean": 1.0, "leave_one_out": n / (n - 1)}[spec["estimator"]]
    advantages = [None if reward is None else (reward - mean) * scale for reward in rewards]
    return "zero_variance" if flat else "used", advantages


@dataclass
class Credit:
    """Of the tokens of one segment, which lie on the same trajectories."""

    weight: float = 0.0
    """Summed, for the KL and entropy terms."""
    copies: int = 0
    positive: float = 0.0
    """Sum over the trajectories of weight x max(A, 0), already over the loss's denominator."""
    negative: float = 0.0
    positive_copies: int = 0
    negative_copies: int = 0
    advantage: float = 0.0
    """Mean A of the trajectories through the segment."""


def participants(tree: Tree, advantages: list[float | None]) -> list[tuple[int, float]]:
    """Leaf and advantage of the trajectories that take part."""
    return [(leaf.leaf, a) for leaf, a in zip(tree.leaves, advantages) if a is not None]


def credit_trees(
    trees: list[tuple[Tree, list[float | None]]], spec: dict[str, Any]
) -> tuple[float, list[list[Credit]]]:
    """The loss's denominator, and the credit of each segment of each tree."""
    taking = [(tree, participants(tree, advantages)) for tree, advantages in trees]
    aggregation = spec["training"]["loss_aggregation"]
    trajectories = sum(len(leaves) for _, leaves in taking)
    if aggregation == "token":
        denominator = float(sum(tree.model_tokens(leaf) for tree, leaves in taking for leaf, _ in leaves))
    elif aggregation == "constant":
        denominator = float(trajectories * spec["rollout"]["max_response_tokens"])
    else:
        denominator = float(trajectories)
    attribution = spec["advantage"]["attribution"]
    return denominator, [
        credit_segments(tree, leaves, denominator, aggregation == "sequence", attribution) for tree, leaves in taking
    ]


def credit_segments(
    tree: Tree, leaves: list[tuple[int, float]], denominator: float, is_mean: bool, attribution: str
) -> list[Credit]:
    """`soft`: every copy of a shared token keeps the A of its trajectory. `hard`: a shared token has the mean A of the trajectories through it."""
    credit = [Credit() for _ in tree.segments]
    for leaf, advantage in leaves:
        weight = 1 / (denominator * tree.model_tokens(leaf) if is_mean else denominator)
        for at in tree.path_to(leaf):
            one = credit[at]
            one.weight += weight
            one.copies += 1
            one.positive += weight * max(advantage, 0.0)
            one.negative += weight * min(advantage, 0.0)
            one.positive_copies += advantage > 0
            one.negative_copies += advantage < 0
            one.advantage += advantage
    for one in credit:
        if one.copies == 0:
            continue
        one.advantage /= one.copies
        if attribution == "hard":
            one.positive = one.weight * max(one.advantage, 0.0)
            one.negative = one.weight * min(one.advantage, 0.0)
            one.positive_copies = one.copies if one.advantage > 0 else 0
            one.negative_copies = one.copies if one.advantage < 0 else 0
    return credit

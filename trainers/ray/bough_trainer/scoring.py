"""Rolls questions out and has them scored, tree by tree, while others are still written. Computes no reward: rewards belong to the worker."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, Protocol

from .budget import BudgetReached
from .link import Cancelled, Link
from .rollout_tree import Tree


@dataclass(frozen=True)
class Score:
    """Of a trajectory. `reward` is None unless its status is `scored`."""

    status: str
    reward: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    answer: str | None = None
    format_valid: bool = False
    exact_match: float | None = None
    problem: str | None = None
    """Why there is no score, where a tool or judge could not work."""


@dataclass
class ScoredTree:
    tree: Tree
    scores: list[Score]
    advantages: list[float | None] = field(default_factory=list)
    """None where a trajectory takes no part in the update."""


class Rollouts(Protocol):
    """Trees, each as soon as it is complete."""

    incomplete: list[Tree]
    """Once a budget has ended or the job was cancelled: the trees that are not complete, as they are."""

    def __iter__(self) -> Iterator[Tree]:
        """Raises BudgetReached or Cancelled where it ends before its time."""
        ...


@dataclass
class Asked:
    scored: list[ScoredTree]
    """In the order of their prompts."""
    stopped: BudgetReached | Cancelled | None
    """Why some trees are not complete, or not there."""
    seconds: dict[str, float]


def ask(rollouts: Rollouts, link: Link, dataset_of: Callable[[int], str], mask_truncated: bool) -> Asked:
    """Trees with their scores."""
    begun = time.monotonic()
    pending: list[tuple[Tree, list[Score | None], Future[list[dict[str, Any]]]]] = []
    scored: list[ScoredTree] = []
    stopped: BudgetReached | Cancelled | None = None

    def collect(only_done: bool) -> None:
        while pending and (not only_done or pending[0][2].done()):
            tree, exempt, answer = pending[0]
            scores = iter(link.wait(answer))
            pending.pop(0)
            scored.append(ScoredTree(tree, [one or _score_of(next(scores)) for one in exempt]))

    try:
        for tree in rollouts:
            pending.append(_asked(tree, link, dataset_of(tree.place), mask_truncated))
            collect(only_done=True)
    except (BudgetReached, Cancelled) as stop:
        stopped = stop
    sampled = time.monotonic()
    try:
        collect(only_done=False)
    except Cancelled as stop:
        stopped = stop
    left = [tree for tree, _, _ in pending] + rollouts.incomplete
    scored += [ScoredTree(tree, [Score("masked") for _ in tree.leaves]) for tree in left]
    scored.sort(key=lambda one: one.tree.place)
    seconds = {"time/sample_s": sampled - begun, "time/score_s": time.monotonic() - sampled}
    return Asked(scored, stopped, seconds)


def _asked(
    tree: Tree, link: Link, dataset: str, mask_truncated: bool
) -> tuple[Tree, list[Score | None], Future[list[dict[str, Any]]]]:
    """Asks for all trajectories that can be scored, together."""
    exempt = [_exempt(tree, leaf.leaf, leaf.finish_reason, mask_truncated) for leaf in tree.leaves]
    responses = [tree.response_parts(leaf.leaf) for leaf, one in zip(tree.leaves, exempt) if one is None]
    return tree, exempt, link.ask_scores(dataset, tree.example, responses)


def _exempt(tree: Tree, leaf: int, reason: str, mask_truncated: bool) -> Score | None:
    """A trajectory whose tool could not work has no reward, and neither has one that was cut by length if that is masked."""
    if reason == "infra_error":
        tool = tree.segments[leaf].tool
        problem = tool["text"] if tool else None
        return Score("infra_error", flags=[problem] if problem else [], problem=problem)
    return Score("masked") if reason == "length" and mask_truncated else None


def _score_of(result: dict[str, Any]) -> Score:
    if result["status"] == "infra_error":
        return Score("infra_error", flags=[result["message"]], problem=result["message"])
    return Score(
        "scored", result["reward"], result["parts"], result["flags"], result["answer"], result["format_valid"],
        result["exact_match"],
    )  # fmt: skip

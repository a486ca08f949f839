"""The optimiser steps on one step's credited trees: mini-batches of prompts, over and over for the epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Callable

import numpy as np
import torch

from .advantages import Credit, credit_trees, participants
from .batches import chunks_by_weight
from .frames import Arrays
from .objective import Values
from .optimizer import learning_rate
from .rank import PolicyPart
from .ranks import Ranks, shared_out
from .scoring import ScoredTree
from .trees import PackedSegment, PackedTree

_COLUMNS = ("old_logprobs", "positive", "negative", "weights", "copies", "positive_copies", "negative_copies")


@dataclass
class UpdateOutcome:
    records: list[dict[str, Any]] = field(default_factory=list)
    arrays: Arrays = field(default_factory=dict)
    metrics: list[dict[str, float]] = field(default_factory=list)
    """One for each optimiser step."""
    sampler_gap: float | None = None
    """Mean |trainer's - sampler's log-probability| before the first optimiser step."""
    trained_copied: int = 0
    trained_unique: int = 0


@dataclass
class _Part(PolicyPart):
    """With where its targets are in the step's trees."""

    segments: list[dict[str, int]]
    advantages: np.ndarray

    @property
    def tokens(self) -> int:
        return sum(len(tree.tokens) for tree in self.packed)


class Learner:
    def __init__(self, ranks: Ranks, spec: dict[str, Any]) -> None:
        self._ranks, self._spec = ranks, spec
        self._training = spec["training"]

    def update(self, trees: list[ScoredTree], step: int, on_progress: Callable[[float], None]) -> UpdateOutcome:
        """Learns from the trees of step `step`, from 1. A mini-batch without any gradient is passed over, and its number with it."""
        training, outcome = self._training, UpdateOutcome()
        size = training["mini_batch_prompts"]
        groups = [trees[i : i + size] for i in range(0, len(trees), size)]
        per_step = training["epochs"] * math.ceil(training["prompts_per_step"] / size)
        learnt = [(index, group) for index, group in enumerate(groups) if any(map(self._has_gradient, group))]
        prepared = [(index, *self._prepare(group)) for index, group in learnt]
        for epoch in range(training["epochs"]):
            for index, denominator, shares in prepared:
                on_progress(len(outcome.records) / (training["epochs"] * len(prepared)))
                update = (step - 1) * per_step + epoch * len(groups) + index
                rate = learning_rate(self._spec["optimizer"], update, training["steps"] * per_step)
                done = self._step(shares, rate, outcome)
                _record(
                    outcome,
                    [part for share in shares for part in share],
                    {
                        "update": update + 1,
                        "epoch": epoch,
                        "learning_rate": rate,
                        "loss_denominator": denominator,
                        **done,
                    },
                )
                copied = sum(_copied(tree) for tree in groups[index] if self._has_gradient(tree))
                outcome.trained_copied += copied
        return outcome

    def _has_gradient(self, scored: ScoredTree) -> bool:
        """Where no trajectory is better than another, only what needs no advantage is left."""
        advantages = [a for a in scored.advantages if a is not None]
        beside = self._training["kl_coefficient"] != 0 or self._training["entropy_bonus"] != 0
        return any(a != 0 for a in advantages) or (beside and bool(advantages))

    def _prepare(self, group: list[ScoredTree]) -> tuple[float, list[list[_Part]]]:
        """Packs the trees of each rank in parts, and asks the reference about them once."""
        denominator, credits = credit_trees([(one.tree, one.advantages) for one in group], self._spec)
        taking = [(one, credit) for one, credit in zip(group, credits) if self._has_gradient(one)]
        weight = lambda pair: sum(
            len(s.tokens) for s, c in zip(pair[0].tree.segments, pair[1]) if c.copies
        )  # noqa: E731
        most = self._training["max_batch_tokens"]
        shares = [
            [_pack(part) for part in chunks_by_weight(own, most, weight)]
            for own in shared_out(taking, self._ranks.size, weight)
        ]
        if self._training["kl_coefficient"] != 0:
            self._ask_reference(shares)
        return denominator, shares

    def _ask_reference(self, shares: list[list[_Part]]) -> None:
        answers = self._ranks.reference_logprobs([[part.packed for part in share] for share in shares])
        for share, answered in zip(shares, answers):
            for part, logprobs in zip(share, answered):
                part.values = replace(part.values, reference=logprobs)

    def _step(self, shares: list[list[_Part]], rate: float, outcome: UpdateOutcome) -> dict[str, Any]:
        learnt = self._ranks.learn_policy(
            [[PolicyPart(one.packed, one.values) for one in share] for share in shares], rate
        )
        loss, norm, sums, drift = learnt.loss, learnt.norm, learnt.sums, learnt.drift
        if outcome.sampler_gap is None:
            outcome.sampler_gap = drift["gap"] / drift["tokens"]
        copies = max(1.0, drift["copies"])
        divisors = {"clip_fraction": copies, "dual_clip_fraction": copies, "kl_to_reference": drift["weight"]}
        outcome.metrics.append(
            {
                **{f"policy/{name}": value / divisors.get(name, 1.0) for name, value in sums.items()},
                "policy/loss": loss,
                "policy/kl_to_old": drift["kl"] / copies,
                "policy/entropy": drift["entropy"] / drift["weight"],
                "policy/ratio_max": drift["ratio_max"],
                "optimizer/grad_norm": norm,
                "optimizer/learning_rate": rate,
            }
        )
        return {
            "loss": loss,
            "grad_norm": norm,
            "passes": [{"tokens": part.tokens, "dropout_seed": None} for share in shares for part in share],
        }


def _pack(trees: list[tuple[ScoredTree, list[Credit]]]) -> _Part:
    packed: list[PackedTree] = []
    segments: list[dict[str, int]] = []
    columns: list[list[float]] = [[] for _ in range(8)]
    for scored, credit in trees:
        kept: dict[int, int] = {}
        own: list[PackedSegment] = []
        for index, segment in enumerate(scored.tree.segments):
            one = credit[index]
            if one.copies == 0:
                continue
            kept[index] = len(own)
            is_model = segment.kind == "model"
            parent = None if segment.parent is None else kept[segment.parent]
            own.append(PackedSegment(parent, segment.tokens, is_model))
            if not is_model:
                continue
            n = len(segment.tokens)
            segments.append({"tree": scored.tree.place, "segment": index, "start": len(columns[0]), "length": n})
            columns[0] += segment.logprobs
            known = (
                one.positive,
                one.negative,
                one.weight,
                one.copies,
                one.positive_copies,
                one.negative_copies,
                one.advantage,
            )
            for column, value in zip(columns[1:], known):
                column += [float(value)] * n
        packed.append(PackedTree(own))
    tensors = [torch.tensor(column, dtype=torch.float32) for column in columns[: len(_COLUMNS)]]
    return _Part(packed, Values(**dict(zip(_COLUMNS, tensors))), segments, np.array(columns[7], np.float32))


def _record(outcome: UpdateOutcome, parts: list[_Part], done: dict[str, Any]) -> None:
    """Adds an optimiser step to the replay record; arrays are aligned with the record's segments."""
    segments: list[dict[str, int]] = []
    offset = 0
    for part in parts:
        segments += [{**segment, "start": offset + segment["start"]} for segment in part.segments]
        offset += len(part.advantages)
    trees = list(dict.fromkeys(segment["tree"] for segment in segments))
    outcome.records.append({**done, "trees": trees, "segments": segments})
    name = done["update"]
    outcome.arrays[f"{name}/advantages"] = np.concatenate([part.advantages for part in parts])
    outcome.arrays[f"{name}/old_logprobs"] = np.concatenate([part.values.old_logprobs.numpy() for part in parts])
    references = [part.values.reference.numpy() for part in parts if part.values.reference is not None]
    if references:
        outcome.arrays[f"{name}/reference_logprobs"] = np.concatenate(references)
    outcome.trained_unique += sum(part.tokens for part in parts)


def _copied(scored: ScoredTree) -> int:
    """All tokens that a trainer that copies each sequence would compute."""
    tree = scored.tree
    paths = [tree.path_to(leaf) for leaf, _ in participants(tree, scored.advantages)]
    return sum(len(tree.segments[at].tokens) for path in paths for at in path)

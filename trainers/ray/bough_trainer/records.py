"""Trees in the form in which the worker stores them, and what a step's rollouts look like in numbers."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np

from .advantages import credit_segments, participants
from .frames import Arrays
from .policy_update import UpdateOutcome
from .rollout_tree import Segment, Tree
from .scoring import ScoredTree

Metrics = dict[str, float]


def tree_message(step: int, scored: ScoredTree) -> tuple[dict[str, Any], Arrays]:
    """The message of a tree and its arrays; the A of each token is the mean over its trajectories."""
    tree = scored.tree
    credit = credit_segments(tree, participants(tree, scored.advantages), 1.0, False, "soft")
    ids: list[int] = []
    columns: dict[str, list[float]] = {"logprobs": [], "entropies": [], "advantages": []}
    segments = []
    for segment, one in zip(tree.segments, credit):
        n = len(segment.tokens)
        is_model = segment.kind == "model"
        segments.append(_segment_record(segment, len(ids)))
        ids += segment.tokens
        columns["logprobs"] += segment.logprobs if is_model else [0.0] * n
        columns["entropies"] += segment.entropies if is_model else [0.0] * n
        columns["advantages"] += [one.advantage if is_model else 0.0] * n
    trajectories = [
        {
            "leaf": leaf.leaf, "finish_reason": leaf.finish_reason, "reward_status": score.status, "reward": score.reward,
            "parts": score.parts, "flags": score.flags, "answer": score.answer, "format_valid": score.format_valid,
            "exact_match": score.exact_match, "advantage": advantage,
        }
        for leaf, score, advantage in zip(tree.leaves, scored.scores, scored.advantages)
    ]  # fmt: skip
    message = {
        "type": "tree", "step": step, "tree": tree.place, "example": tree.example, "begun": tree.begun,
        "segments": segments, "trajectories": trajectories,
    }  # fmt: skip
    arrays = {name: np.array(column, np.float32) for name, column in columns.items()}
    return message, {"token_ids": np.array(ids, np.int32), **arrays}


def _segment_record(segment: Segment, start: int) -> dict[str, Any]:
    tool = segment.tool and {name: value for name, value in segment.tool.items() if name != "characters"}
    return {
        "parent": segment.parent, "kind": segment.kind, "start": start, "length": len(segment.tokens), "text": segment.text,
        "forked": segment.forked, "entropy": segment.entropy, "delta_entropy": segment.delta_entropy,
        "branch_probability": segment.branch_probability, "forks": segment.forks, "tool": tool,
    }  # fmt: skip


def step_metrics(trees: list[ScoredTree], outcomes: list[str], update: UpdateOutcome, tools: list[str]) -> Metrics:
    """Under the names of the HTTP contract. What would be a mean of nothing is left out."""
    metrics = {
        **_reward_metrics(trees),
        "groups/zero_variance": _share(outcomes, "zero_variance"),
        "groups/skipped": _share(outcomes, "skipped"),
        "groups/replaced": 0.0,
        **_rollout_metrics(trees),
        **_tool_metrics([one.tree for one in trees], tools),
        **_update_metrics(update),
    }
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _std(values: list[float]) -> float:
    return statistics.pstdev(values) if values else math.nan


def _share(values: list[str], value: str) -> float:
    return values.count(value) / len(values) if values else math.nan


def _reward_metrics(trees: list[ScoredTree]) -> Metrics:
    scored = [score for one in trees for score in one.scores if score.status == "scored"]
    rewards = [score.reward or 0.0 for score in scored]
    parts = sorted({name for score in scored for name in score.parts})
    return {
        **{f"reward/{name}": _mean([s.parts[name] for s in scored if name in s.parts]) for name in parts},
        "reward/mean": _mean(rewards),
        "reward/std": _std(rewards),
        "reward/format_valid": _mean([float(score.format_valid) for score in scored]),
    }


def _rollout_metrics(trees: list[ScoredTree]) -> Metrics:
    paths = [[t.tree.segments[at] for at in t.tree.path_to(leaf.leaf)] for t in trees for leaf in t.tree.leaves]
    segments = [segment for one in trees for segment in one.tree.segments]
    model = [segment for segment in segments if segment.kind == "model"]
    after = [s for one in trees for s in one.tree.segments if s.kind == "model" and _follows_tool(one.tree, s)]
    decided = [segment for segment in segments if segment.forks is not None]
    deltas = [segment.delta_entropy for segment in decided if segment.delta_entropy is not None]
    drawn = [segment for segment in decided if segment.branch_probability is not None]
    probabilities = [segment.branch_probability or 0.0 for segment in drawn]
    sampled = sum(len(segment.tokens) for segment in model)
    return {
        "rollout/truncated": _share([leaf.finish_reason for one in trees for leaf in one.tree.leaves], "length"),
        "rollout/infra_error": _share([score.status for one in trees for score in one.scores], "infra_error"),
        "rollout/response_tokens_mean": _mean([float(sum(len(s.tokens) for s in path[1:])) for path in paths]),
        "rollout/entropy_mean": sum(sum(s.entropies) for s in model) / sampled if sampled else math.nan,
        "rollout/entropy_after_tool": _mean([segment.entropy or 0.0 for segment in after]),
        "rollout/starts_at_prompt_mean": sum(s.parent == 0 for s in model) / len(trees),
        "rollout/branches": float(sum(segment.forked for segment in segments)),
        "rollout/delta_entropy_mean": _mean(deltas),
        "rollout/delta_entropy_std": _std(deltas),
        "rollout/branch_probability_mean": _mean(probabilities),
        "rollout/branch_probability_std": _std(probabilities),
        "rollout/forks_refused_by_draw": float(sum(s.forks is not None and s.forks["wanted"] == 0 for s in drawn)),
        "rollout/forks_refused_for_slots": float(
            sum(s.forks["wanted"] - s.forks["granted"] for s in decided if s.forks)
        ),
        "rollout/depth_mean": _mean([float(sum(s.kind == "model" for s in path)) for path in paths]),
        "tokens/sampled": float(sampled),
    }


def _follows_tool(tree: Tree, segment: Segment) -> bool:
    return segment.parent is not None and tree.segments[segment.parent].kind == "tool"


def _tool_metrics(trees: list[Tree], tools: list[str]) -> Metrics:
    exchanges = [segment.tool for tree in trees for segment in tree.segments if segment.tool]
    counts = [tree.tool_calls() for tree in trees]
    metrics: Metrics = {
        "tools/calls": float(sum(made for made, _ in counts)),
        "tools/calls_linear_equivalent": float(sum(linear for _, linear in counts)),
    }
    for tool in tools:
        own = [exchange for exchange in exchanges if exchange["name"] == tool]
        metrics[f"tools/{tool}/calls"] = float(len(own))
        metrics[f"tools/{tool}/errors"] = float(sum(exchange["outcome"] != "ok" for exchange in own))
        if own:
            metrics[f"tools/{tool}/latency_ms_p50"] = statistics.median(e["latency_ms"] for e in own)
    return metrics


def _update_metrics(update: UpdateOutcome) -> Metrics:
    """Means over the step's optimiser steps; the largest ratio; the last learning rate."""
    steps = update.metrics
    if not steps:
        return {"tokens/trained_copied": 0.0, "tokens/trained_unique": 0.0}
    return {
        **{name: _mean([step[name] for step in steps]) for name in steps[0]},
        "policy/ratio_max": max(step["policy/ratio_max"] for step in steps),
        "policy/sampler_gap": math.nan if update.sampler_gap is None else update.sampler_gap,
        "optimizer/learning_rate": steps[-1]["optimizer/learning_rate"],
        "tokens/trained_copied": float(update.trained_copied),
        "tokens/trained_unique": float(update.trained_unique),
    }

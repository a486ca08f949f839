"""How trajectories are sampled, made from a run's specification. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Settings:
    group_size: int
    initial: int
    """Trajectories that start at the prompt before any branch."""
    fill: str
    branching: dict[str, Any] | None
    """None: nothing forks."""
    probe_tokens: int
    temperature: float
    top_p: float
    max_response_tokens: int
    max_result_tokens: int
    result_prefix: str
    tool_call_limit: int
    ends_at_call_limit: bool


def greedy_settings(spec: dict[str, Any]) -> Settings:
    """One answer, the likeliest token at each place."""
    return replace(training_settings(spec), group_size=1, initial=1, branching=None, temperature=0, top_p=1)


def training_settings(spec: dict[str, Any]) -> Settings:
    rollout = spec["rollout"]
    forks = spec["method"] == "arpo" and rollout["initial"] < rollout["group_size"]
    return Settings(
        group_size=rollout["group_size"],
        initial=rollout["initial"] if forks else rollout["group_size"],
        fill=rollout["fill"],
        branching=rollout if forks else None,
        probe_tokens=rollout["probe_tokens"],
        temperature=rollout["temperature"],
        top_p=rollout["top_p"],
        max_response_tokens=rollout["max_response_tokens"],
        max_result_tokens=rollout["max_result_tokens"],
        result_prefix=" " if rollout["result_prefix"] == "space" else "",
        tool_call_limit=rollout["tool_call_limit"],
        ends_at_call_limit=rollout["at_call_limit"] == "append_end",
    )

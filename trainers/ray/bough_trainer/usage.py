"""What a step costs, in the units of a run's usage."""

from __future__ import annotations

from typing import Any


def no_rollouts() -> dict[str, Any]:
    return {"prompt_tokens": 0, "sampled_tokens": 0, "tool_calls": 0, "tool_calls_linear_equivalent": 0}


def no_usage() -> dict[str, Any]:
    """Of a step before anything of it is done."""
    return {**no_rollouts(), "trained_tokens": 0, "unique_tokens": 0, "evaluation": no_rollouts()}

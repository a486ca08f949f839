"""What is to be rolled out, and what rollouts need of the world beside the model. Data and a port; runs nothing."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from .draws import RolloutDraws
from .renderer import Prompt
from .settings import Settings


@dataclass(frozen=True)
class Question:
    """One prompt to roll out; `place` names it within the step."""

    place: int
    example: int
    prompt: Prompt


@dataclass(frozen=True)
class RolloutTask:
    """How questions are rolled out. Holds nothing of this process, so that any rank can be given it."""

    settings: Settings
    draws: RolloutDraws
    tools: list[str]
    call_limits: dict[str, int]
    step: int
    call_prefix: str
    """Comes before the names of tool calls, which must be unique within the job."""


class Outside(Protocol):
    """Whom rollouts ask, and who is told what they spend."""

    def ask_tool(self, call: dict[str, Any]) -> Future[dict[str, Any]]: ...

    def wait(self, answer: Future[Any]) -> Any:
        """What was answered. Raises Cancelled when nobody waits for it any more."""
        ...

    def sampled(self, count: int) -> None:
        """Raises BudgetReached instead of passing a limit, as do the next two."""
        ...

    def called(self) -> None: ...

    def check(self) -> None:
        """Raises Cancelled once nobody waits for the rollouts any more."""
        ...

    def progress(self, fraction: float) -> None: ...

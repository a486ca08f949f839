"""The outside of rollouts in the process that leads a run: the worker answers calls, and the run's budget counts them."""

from __future__ import annotations

from typing import Callable

from .budget import Budget
from .link import Link


class WorkerOutside:
    def __init__(self, link: Link, budget: Budget, on_progress: Callable[[float], None], counts: bool = True) -> None:
        """`counts`: calls and tokens are of the budget; its time always is."""
        self._link, self._budget, self._counts = link, budget, counts
        self.ask_tool, self.wait, self.progress = link.ask_tool, link.wait, on_progress

    def sampled(self, count: int) -> None:
        if self._counts:
            self._budget.spend("sampled_tokens", count)

    def called(self) -> None:
        if self._counts:
            self._budget.spend("tool_calls", 1)

    def check(self) -> None:
        self._link.check()
        self._budget.check()

"""What a run may spend: counts training's tool calls and sampled tokens, and all its time, and stops before a limit is passed."""

from __future__ import annotations

import time

_NAMES = ("tool_calls", "sampled_tokens", "wall_time_s")


class BudgetReached(Exception):
    """Nothing more may be spent. The step that was under way is abandoned: what it has spent counts, and nothing is learnt from it."""

    def __init__(self, budget: str, used: float, limit: float) -> None:
        super().__init__(f"budget.{budget} of {limit} is used up")
        self.budget, self.used, self.limit = budget, used, limit


class Budget:
    def __init__(self, limits: dict[str, float | None], before: dict[str, float]) -> None:
        """`before`: what earlier attempts of the run have spent."""
        self._limits, self._spent = limits, dict(before)
        self._begun = time.monotonic()

    def spend(self, budget: str, count: int) -> None:
        """Raises BudgetReached instead of passing the limit."""
        limit = self._limits[budget]
        if limit is not None and self._spent[budget] + count > limit:
            raise BudgetReached(budget, self._used(budget), limit)
        self._spent[budget] += count

    def check(self) -> None:
        """Raises BudgetReached when the time is up."""
        limit = self._limits["wall_time_s"]
        if limit is not None and self._used("wall_time_s") >= limit:
            raise BudgetReached("wall_time_s", self._used("wall_time_s"), limit)

    def reached(self) -> BudgetReached | None:
        """The first budget of which nothing is left."""
        for budget in _NAMES:
            limit = self._limits[budget]
            if limit is not None and self._used(budget) >= limit:
                return BudgetReached(budget, self._used(budget), limit)
        return None

    def _used(self, budget: str) -> float:
        return self._spent[budget] + (time.monotonic() - self._begun if budget == "wall_time_s" else 0.0)

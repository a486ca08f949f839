"""A tree while its trajectories are written: adds segments, remembers where it may fork, knows when it is complete. Runs no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .branching import (
    Candidate,
    Probe,
    branch_probability,
    delta_entropy,
    forks_wanted,
    grant_forks,
    mean_entropy,
    spread_forks,
)
from .decoding import RowCache
from .draws import RolloutDraws
from .renderer import Prompt
from .rollout_tree import Segment, Tree
from .sampler import Drawn


@dataclass
class History:
    """What a trajectory has behind it; a fork inherits it."""

    calls: int = 0
    made: dict[str, int] = field(default_factory=dict)
    length: int = 0
    baseline: Probe | None = None

    def copy(self) -> History:
        return History(self.calls, dict(self.made), self.length, self.baseline)


@dataclass(eq=False)
class ForkPoint:
    """The end of a tool result. Holds all that a fork needs to start."""

    trajectory: int
    tool_segment: int
    cache: RowCache
    history: History
    first_tokens: list[Drawn]
    probed: Segment
    next_segment: int


class Growth:
    def __init__(
        self, place: int, example: int, prompt: Prompt, root: RowCache, first_tokens: list[Drawn],
        group_size: int, rule: dict[str, Any] | None, probe_tokens: int, vocab_size: int,
    ) -> None:  # fmt: skip
        self.tree = Tree(place, example, prompt.begun, [Segment(None, "prompt", prompt.tokens, text=prompt.text)])
        self.root, self.first_tokens = root, first_tokens
        self.begun = self.live = 0
        self._group_size, self._rule = group_size, rule
        self._probe_tokens, self._vocab_size = probe_tokens, vocab_size
        self.fork_points: list[ForkPoint] = []

    @property
    def missing(self) -> int:
        """Trajectories that are still to begin."""
        return self._group_size - self.begun

    @property
    def exhausted(self) -> bool:
        """Whether all that has begun has ended and nothing may fork: the rest must start afresh."""
        return self.live == 0 and not self.fork_points

    @property
    def complete(self) -> bool:
        return self.exhausted and self.missing == 0

    def open(self, parent: int, forked: bool) -> int:
        self.tree.segments.append(Segment(parent, "model", forked=forked))
        return len(self.tree.segments) - 1

    def close(self, segment: int, history: History) -> None:
        """No further token in this segment."""
        one = self.tree.segments[segment]
        one.closed = True
        probe = one.probe(self._probe_tokens)
        one.entropy = mean_entropy(probe)
        if history.baseline is None:
            history.baseline = probe

    def add_result(self, parent: int, tokens: list[int], text: str, tool: dict[str, Any]) -> int:
        self.tree.segments.append(Segment(parent, "tool", tokens, text=text, tool=tool))
        return len(self.tree.segments) - 1

    def decide_forks(self, draws: RolloutDraws, decode_step: int) -> list[tuple[ForkPoint, int]]:
        """Decides on the points that are ready, records by what, and forgets them."""
        rule = self._rule
        if rule is None:
            return []
        ready = self._ready(rule["branching"])
        if not ready:
            return []
        self.fork_points = [point for point in self.fork_points if point not in ready]
        candidates = [self._candidate(point, rule, draws) for point in ready]
        if rule["branching"] == "deferred":
            granted = spread_forks(candidates, self.missing, rule["slot_order"])
            for candidate, forks in zip(candidates, granted):
                candidate.wanted = forks
        else:
            self._draw(ready, candidates, rule, draws)
            granted = grant_forks(candidates, self.missing, rule["slot_order"])
        for point, candidate, forks in zip(ready, candidates, granted):
            decision = {"wanted": candidate.wanted, "granted": forks, "decode_step": decode_step}
            self.tree.segments[point.next_segment].forks = decision
        return list(zip(ready, granted))

    def _ready(self, branching: str) -> list[ForkPoint]:
        if branching == "deferred":
            return list(self.fork_points) if self.live == 0 else []
        ready = [p for p in self.fork_points if p.probed.closed or len(p.probed.tokens) >= self._probe_tokens]
        return [] if branching == "lock_step" and len(ready) < len(self.fork_points) else ready

    def _candidate(self, point: ForkPoint, rule: dict[str, Any], draws: RolloutDraws) -> Candidate:
        assert point.history.baseline is not None
        probe = point.probed.probe(self._probe_tokens)
        delta = delta_entropy(rule["entropy_scale"], probe, point.history.baseline, self._vocab_size)
        self.tree.segments[point.next_segment].delta_entropy = delta
        attempt = 0 if rule["branching"] == "deferred" else rule["branch_factor"]
        lot = draws.branch(self.tree.place, point.trajectory, point.history.calls, attempt)
        return Candidate(point.trajectory, point.history.calls, delta, lot)

    def _draw(
        self, ready: list[ForkPoint], candidates: list[Candidate], rule: dict[str, Any], draws: RolloutDraws
    ) -> None:
        forking: set[int] = set()
        for point, candidate in zip(ready, candidates):
            probability = branch_probability(rule, candidate.delta, self._forks_in_a_row(point, forking))
            self.tree.segments[point.next_segment].branch_probability = probability
            place, history = self.tree.place, point.history
            draw = lambda z: draws.branch(place, point.trajectory, history.calls, z)  # noqa: B023, E731
            candidate.wanted = forks_wanted(rule, probability, draw)
            if candidate.wanted:
                forking.add(point.tool_segment)

    def _forks_in_a_row(self, point: ForkPoint, forking: set[int]) -> int:
        """Of the tool results on the way to a point, the nearest first: how many have forked without a gap."""
        forked = forking | {s.parent for s in self.tree.segments if s.forked and s.parent is not None}
        count, at = 0, self._result_before(point.tool_segment)
        while at is not None and at in forked:
            count, at = count + 1, self._result_before(at)
        return count

    def _result_before(self, tool_segment: int) -> int | None:
        segments = self.tree.segments
        call = segments[tool_segment].parent
        assert call is not None
        result = segments[call].parent
        assert result is not None
        return result if segments[result].kind == "tool" else None

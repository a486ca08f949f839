"""The rollouts of one prompt as a tree of segments: prompt, model text, tool result. A trajectory is a path from the root to a leaf. Data and its accounting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Segment:
    parent: int | None
    kind: str
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    text: str = ""
    forked: bool = False
    entropy: float | None = None
    delta_entropy: float | None = None
    branch_probability: float | None = None
    forks: dict[str, int] | None = None
    tool: dict[str, Any] | None = None
    closed: bool = False

    def probe(self, k: int) -> tuple[float, int]:
        """Sum and count of the entropies of the first k tokens."""
        count = min(k, len(self.tokens))
        return sum(self.entropies[:count]), count


@dataclass
class Trajectory:
    leaf: int
    finish_reason: str


@dataclass
class Tree:
    place: int
    example: int
    begun: str
    segments: list[Segment]
    trajectories: dict[int, Trajectory] = field(default_factory=dict)

    @property
    def leaves(self) -> list[Trajectory]:
        """In the order in which they began."""
        return [self.trajectories[i] for i in sorted(self.trajectories)]

    def path_to(self, leaf: int) -> list[int]:
        path: list[int] = []
        at: int | None = leaf
        while at is not None:
            path.append(at)
            at = self.segments[at].parent
        return path[::-1]

    def calls_on(self, leaf: int) -> list[str]:
        """The calls on the path to `leaf`, earliest first."""
        tools = [self.segments[at].tool for at in self.path_to(leaf)]
        return [tool["call"] for tool in tools if tool]

    def model_tokens(self, leaf: int) -> int:
        return sum(len(self.segments[at].tokens) for at in self.path_to(leaf) if self.segments[at].kind == "model")

    def copies(self, leaves: list[int]) -> list[int]:
        """How many of the leaves lie at or below each segment."""
        copies = [0] * len(self.segments)
        for leaf in leaves:
            for at in self.path_to(leaf):
                copies[at] += 1
        return copies

    def tool_calls(self) -> tuple[int, int]:
        """Calls made, and what the same trajectories would have made without sharing."""
        copies = self.copies([t.leaf for t in self.leaves])
        tools = [i for i, segment in enumerate(self.segments) if segment.kind == "tool"]
        return len(tools), sum(copies[i] for i in tools)

    def response_parts(self, leaf: int) -> list[dict[str, Any]]:
        """What a reward reads of a trajectory; calls are those whose results follow."""
        path = [self.segments[at] for at in self.path_to(leaf)[1:]]
        parts = [_text(self.begun)]
        for i, segment in enumerate(path):
            if segment.tool:
                parts.append({"kind": "result", "text": segment.text, "tool": segment.tool["name"]})
                continue
            tool = path[i + 1].tool if i + 1 < len(path) else None
            if tool is None:
                parts.append(_text(segment.text))
                continue
            start, end = tool["characters"]
            parts.append(_text(segment.text[:start]))
            parts.append({"kind": "call", "text": segment.text[start:end], "tool": tool["name"]})
            parts.append(_text(segment.text[end:]))
        return [part for part in parts if part["kind"] != "text" or part["text"]]


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text, "tool": None}


def rollout_usage(trees: list[Tree]) -> dict[str, Any]:
    """Prompts are counted once per tree, shared tokens and calls once."""
    usage = {"prompt_tokens": 0, "sampled_tokens": 0, "tool_calls": 0, "tool_calls_linear_equivalent": 0}
    for tree in trees:
        made, linear = tree.tool_calls()
        usage["prompt_tokens"] += len(tree.segments[0].tokens)
        usage["sampled_tokens"] += sum(len(s.tokens) for s in tree.segments if s.kind == "model")
        usage["tool_calls"] += made
        usage["tool_calls_linear_equivalent"] += linear
    return usage

"""The processes that compute a run, as the one that leads it sees them: one of them here, or as many as the specification says on Ray."""

from __future__ import annotations

import os
from typing import Any, Callable, Protocol, TypeVar

from torch import Tensor

from .devices import choose_device
from .policy import Weights
from .rank import Learnt, PolicyPart, Rank, Trained
from .renderer import Renderer
from .rollout_task import Outside, Question, RolloutTask
from .scoring import Rollouts
from .trees import PackedTree

T = TypeVar("T")


class Ranks(Protocol):
    """Shares are one for each rank, in the order of the ranks."""

    size: int

    def rollouts(self, questions: list[Question], task: RolloutTask, outside: Outside) -> Rollouts: ...

    def learn_policy(self, shares: list[list[PolicyPart]], rate: float) -> Learnt: ...

    def learn_demonstrations(self, shares: list[list[list[PackedTree]]], targets: int, rate: float) -> Learnt: ...

    def reference_logprobs(self, shares: list[list[list[PackedTree]]]) -> list[list[Tensor]]: ...

    def trained(self) -> Trained: ...

    def restore(self, optimizer_steps: int, moments: Weights) -> None: ...

    def close(self) -> None:
        """Ends processes that were started for it."""
        ...


def open_ranks(job: dict[str, Any], model: Any, reference: Any | None, renderer: Renderer) -> Ranks:
    """With `RAY_ADDRESS` in the environment every run is computed by that cluster, also one of a single process."""
    if job["spec"]["training"]["world_size"] == 1 and not os.environ.get("RAY_ADDRESS"):
        device = choose_device(job["provider"], job["threads"])
        return OneRank(Rank(model, reference, renderer, job["spec"], device))
    # Loaded where it is used alone: Ray takes a second to load.
    from .ray_ranks import RayRanks

    return RayRanks(job, model, reference, renderer)


class OneRank:
    """This process."""

    size = 1

    def __init__(self, rank: Rank) -> None:
        self._rank = rank
        self.rollouts, self.trained, self.restore = rank.rollouts, rank.trained, rank.restore

    def learn_policy(self, shares: list[list[PolicyPart]], rate: float) -> Learnt:
        return self._rank.learn_policy([*shares[0]], rate)

    def learn_demonstrations(self, shares: list[list[list[PackedTree]]], targets: int, rate: float) -> Learnt:
        return self._rank.learn_demonstrations([*shares[0]], targets, rate)

    def reference_logprobs(self, shares: list[list[list[PackedTree]]]) -> list[list[Tensor]]:
        return [self._rank.reference_logprobs([*shares[0]])]

    def close(self) -> None:
        pass


def shared_out(items: list[T], ranks: int, weight_of: Callable[[T], int]) -> list[list[T]]:
    """Each rank's share, in the order of the items: the heaviest first, each to the rank that has the least."""
    owners = [0] * len(items)
    loads = [0] * ranks
    for at in sorted(range(len(items)), key=lambda i: -weight_of(items[i])):
        owners[at] = loads.index(min(loads))
        loads[owners[at]] += weight_of(items[at])
    return [[item for item, owner in zip(items, owners) if owner == rank] for rank in range(ranks)]

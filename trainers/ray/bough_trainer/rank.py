"""What one process of a run computes: its share of the rollouts and of each update. Knows neither the worker nor where the other ranks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator

import torch
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh

from .failure import TrainerFailure
from .objective import Values, policy_loss
from .optimizer import Optimizer
from .policy import Policy, Targets, Weights, gathered
from .renderer import Renderer
from .rollout_task import Outside, Question, RolloutTask
from .rollout_tree import Tree
from .scheduler import Scheduler
from .trees import PackedTree, chain

# What a rank computes while others have more parts of a batch than it: passes are made together where weights are sharded.
_IDLE = chain([([0, 0], True)])


@dataclass
class PolicyPart:
    """Trees that are computed together, and what is known of their targets."""

    packed: list[PackedTree]
    values: Values


@dataclass
class Learnt:
    """Of one optimiser step, or of a rank's share of it."""

    loss: float
    norm: float
    """Of the gradients of all ranks, before clipping."""
    sums: dict[str, float]
    drift: dict[str, float]
    """How far the policy is from the one that sampled, and how uncertain it is."""


@dataclass(frozen=True)
class Trained:
    """All that training changes."""

    weights: Weights
    moments: Weights
    optimizer_steps: int


class Rank:
    def __init__(
        self, model: Any, reference: Any | None, renderer: Renderer, spec: dict[str, Any], device: torch.device,
        mesh: DeviceMesh | None = None,
    ) -> None:  # fmt: skip
        """`mesh`: the ranks over which weights are sharded; none: this is the only one."""
        self._spec, self._renderer = spec, renderer
        self._policy = Policy(model, device, mesh)
        self._reference = None if reference is None else Policy(reference, device, mesh)
        learning = {name: one for name, one in self._policy.parameters().items() if one.requires_grad}
        self._optimizer = Optimizer(learning, spec["optimizer"])
        # FSDP2 takes the mean over the ranks; the shares of a loss are to be added.
        self._scale = 1 if mesh is None else mesh.size()
        self._is_first = mesh is None or mesh.get_rank() == 0

    def rollouts(self, questions: list[Question], task: RolloutTask, outside: Outside) -> RankRollouts:
        return RankRollouts(self._policy, self._renderer, questions, task, outside)

    def learn_policy(self, parts: list[PolicyPart | None], rate: float) -> Learnt:
        """An optimiser step on trees with advantages; None: a pass that only other ranks have."""
        self._optimizer.zero()
        temperature, device = self._spec["rollout"]["temperature"], self._policy.device
        learnt = Learnt(0.0, 0.0, {}, dict.fromkeys(_DRIFT, 0.0))
        for part in parts:
            if part is None:
                self._idle()
                continue
            values = part.values.to(device)
            targets = self._policy.targets_of(part.packed, temperature, with_entropies=True)
            share, sums = policy_loss(targets, values, self._spec["training"])
            self._backward(share, learnt)
            for name, value in sums.items():
                learnt.sums[name] = learnt.sums.get(name, 0.0) + value
            _add_drift(learnt.drift, targets, values)
        learnt.norm = self._optimizer.step(learnt.loss, rate)
        return learnt

    def learn_demonstrations(self, parts: list[list[PackedTree] | None], targets: int, rate: float) -> Learnt:
        """An optimiser step on the mean negative log-likelihood of the targets, of which all ranks together have so many."""
        self._optimizer.zero()
        learnt = Learnt(0.0, 0.0, {}, {})
        for part in parts:
            if part is None:
                self._idle()
            else:
                logprobs = self._policy.targets_of(part, 1.0, with_entropies=False).logprobs
                self._backward(-logprobs.sum() / targets, learnt)
        learnt.norm = self._optimizer.step(learnt.loss, rate)
        return learnt

    @torch.no_grad()
    def reference_logprobs(self, parts: list[list[PackedTree] | None]) -> list[Tensor]:
        """Of the targets of each part, under the frozen model."""
        assert self._reference is not None
        temperature = self._spec["rollout"]["temperature"]
        asked = [self._reference.targets_of(part or [_IDLE], temperature, with_entropies=False) for part in parts]
        return [targets.logprobs.cpu() for targets, part in zip(asked, parts) if part is not None]

    @torch.no_grad()
    def trained(self) -> Trained:
        """On the first rank; every rank has to ask at the same time."""
        weights = gathered(dict(self._policy.parameters()), self._is_first)
        return Trained(weights, gathered(self._optimizer.moments(), self._is_first), self._optimizer.count)

    def restore(self, optimizer_steps: int, moments: Weights) -> None:
        """Puts the optimiser where it was; the weights came with the model."""
        try:
            self._optimizer.restore(optimizer_steps, moments)
        except (KeyError, RuntimeError) as error:
            message = f"The checkpoint cannot be resumed from: the moments are not those of its weights: {error}"
            raise TrainerFailure("checkpoint_unusable", message) from error

    def _backward(self, loss: Tensor, learnt: Learnt) -> None:
        (loss * self._scale).backward()
        learnt.loss += float(loss.detach())

    def _idle(self) -> None:
        (self._policy.targets_of([_IDLE], 1.0, with_entropies=False).logprobs.sum() * 0.0).backward()


class RankRollouts:
    """Rolls questions out when it is gone through."""

    def __init__(
        self, policy: Policy, renderer: Renderer, questions: list[Question], task: RolloutTask, outside: Outside
    ) -> None:
        self._policy, self._renderer, self._questions = policy, renderer, questions
        self._task, self._outside = task, outside
        self.incomplete: list[Tree] = []

    def __iter__(self) -> Iterator[Tree]:
        # Every rank has to ask for the weights, also one that has no questions.
        with self._policy.whole() as model:
            if not self._questions:
                return
            scheduler = Scheduler(model, self._renderer, self._task, self._outside)
            self.incomplete = scheduler.incomplete
            yield from scheduler.run(self._questions)


_DRIFT = ("tokens", "copies", "weight", "entropy", "kl", "gap", "ratio_max")


@torch.no_grad()
def _add_drift(drift: dict[str, float], targets: Targets, values: Values) -> None:
    assert targets.entropies is not None
    change = targets.logprobs - values.old_logprobs
    drift["tokens"] += change.numel()
    drift["copies"] += float(values.copies.sum())
    drift["weight"] += float(values.weights.sum())
    drift["entropy"] += float((values.weights * targets.entropies).sum())
    drift["kl"] -= float((values.copies * change).sum())
    drift["gap"] += float(change.abs().sum())
    drift["ratio_max"] = max(drift["ratio_max"], float(change.max().exp()))

"""Ranks on Ray: places them, gives each its share, adds up what they answer, and ends the run when one has died. Computes nothing of the model itself."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from itertools import zip_longest
from typing import Any, Iterator

import ray
from ray.exceptions import RayActorError, RayTaskError
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy
from torch import Tensor

from .budget import BudgetReached
from .failure import TrainerFailure
from .link import Cancelled
from .policy import Weights, hollow
from .rank import Learnt, PolicyPart, Trained
from .ray_cluster import cluster, leave_cluster
from .ray_rank import News, PackedModel, RayRank, arrays_of, tensors_of
from .renderer import Renderer
from .rollout_task import Outside, Question, RolloutTask
from .rollout_tree import Tree
from .trees import PackedTree

# How long a rank keeps news back for more, and how soon a cancelled job is noticed.
_NEWS_S = 0.5
# When ranks fail together, how long each has to show that it lives.
_SIGN_OF_LIFE_S = 10
_UNANSWERED = {"outcome": "infra_error", "text": "the run ended before the tool was called", "latency_ms": 0}


class RayRanks:
    def __init__(self, job: dict[str, Any], model: Any, reference: Any | None, renderer: Renderer) -> None:
        self.size: int = job["spec"]["training"]["world_size"]
        self._actors: list[Any] = []
        try:
            self._begin(job, model, reference, renderer)
        except BaseException:
            self.close()
            raise

    def _begin(self, job: dict[str, Any], model: Any, reference: Any | None, renderer: Renderer) -> None:
        ray_cluster = cluster()
        threads = ray_cluster.threads(job["threads"], self.size)
        group = ray_cluster.place(self.size)
        self._actors = [
            RayRank.options(  # type: ignore[attr-defined]
                num_cpus=1,
                num_gpus=group.bundle_specs[rank].get("GPU", 0),
                scheduling_strategy=PlacementGroupSchedulingStrategy(group, rank),
            ).remote(rank, self.size, threads)
            for rank in range(self.size)
        ]
        address = self._all([self._actors[0].address.remote()])[0]
        known = (_packed(model), None if reference is None else _packed(reference), ray.put(renderer), job["spec"])
        self._all([actor.join.remote(address, *known) for actor in self._actors])

    def rollouts(self, questions: list[Question], task: RolloutTask, outside: Outside) -> RayRollouts:
        return RayRollouts(self, questions, task, outside)

    def learn_policy(self, shares: list[list[PolicyPart]], rate: float) -> Learnt:
        return _sum(self._each("learn_policy", _evened(shares), rate))

    def learn_demonstrations(self, shares: list[list[list[PackedTree]]], targets: int, rate: float) -> Learnt:
        return _sum(self._each("learn_demonstrations", _evened(shares), targets, rate))

    def reference_logprobs(self, shares: list[list[list[PackedTree]]]) -> list[list[Tensor]]:
        return self._each("reference_logprobs", _evened(shares))

    def trained(self) -> Trained:
        weights, moments, steps = self._all([actor.trained.remote() for actor in self._actors])[0]
        return Trained(tensors_of(weights), tensors_of(moments), steps)

    def restore(self, optimizer_steps: int, moments: Weights) -> None:
        there = ray.put(arrays_of(moments))
        self._all([actor.restore.remote(optimizer_steps, there) for actor in self._actors])

    def close(self) -> None:
        leave_cluster()

    def _each(self, what: str, shares: list[Any], *args: Any) -> list[Any]:
        return self._all([actor.compute.remote(what, share, *args) for actor, share in zip(self._actors, shares)])

    def _all(self, answers: list[Any]) -> list[Any]:
        """Of as many ranks. Raises as soon as one of them has failed."""
        waiting = answers
        while waiting:
            done, waiting = ray.wait(waiting)
            self.got(done[0])
        return ray.get(answers)

    def got(self, answer: Any) -> Any:
        """An answer that has come. Raises TrainerFailure where its rank has failed or died."""
        try:
            return ray.get(answer)
        except RayTaskError as error:
            if isinstance(error.cause, TrainerFailure):
                raise error.cause from None
            # A rank that has lost another knows no more than that a collective has failed.
            self._find_the_dead()
            raise
        except RayActorError as error:
            self._find_the_dead()
            raise _death("a rank", self.size, error) from error

    def _find_the_dead(self) -> None:
        signs = {actor.fetch.remote(0): rank for rank, actor in enumerate(self._actors)}
        given, _ = ray.wait(list(signs), num_returns=len(signs), timeout=_SIGN_OF_LIFE_S)
        for sign in given:
            try:
                ray.get(sign)
            except RayActorError as error:
                raise _death(f"rank {signs[sign]}", self.size, error) from error


class RayRollouts:
    """Rolls questions out on all ranks when it is gone through: relays their calls, and counts what they spend."""

    def __init__(self, ranks: RayRanks, questions: list[Question], task: RolloutTask, outside: Outside) -> None:
        self._ranks, self._questions, self._task, self._outside = ranks, questions, task, outside
        self._stopped: BudgetReached | Cancelled | None = None
        self._complete = 0
        self.incomplete: list[Tree] = []

    def __iter__(self) -> Iterator[Tree]:
        actors, ranks = self._ranks._actors, self._ranks
        ranks._all([actor.begin.remote() for actor in actors])
        shares = [self._questions[rank :: ranks.size] for rank in range(ranks.size)]
        running = [actor.rollouts.remote(share, self._task) for actor, share in zip(actors, shares)]
        fetching = {actor.fetch.remote(_NEWS_S): actor for actor in actors}
        while fetching or running:
            done, _ = ray.wait([*fetching, *running])
            if done[0] in running:
                ranks.got(done[0])
                running.remove(done[0])
                continue
            actor = fetching.pop(done[0])
            news: News = ranks.got(done[0])
            self._take(news, actor)
            yield from news.trees
            if news.ended is None:
                fetching[actor.fetch.remote(_NEWS_S)] = actor
            else:
                self.incomplete += news.ended
        if self._stopped is not None:
            raise self._stopped

    def _take(self, news: News, actor: Any) -> None:
        """Where nothing more may be spent all ranks are told to stop; what they have asked by then is not asked any more."""
        self._complete += len(news.trees)
        try:
            if self._stopped is None:
                self._outside.progress(self._complete / len(self._questions))
                self._outside.sampled(news.sampled)
                self._outside.check()
        except (BudgetReached, Cancelled) as stop:
            self._stop(stop)
        for call in news.calls:
            self._call(call, actor)

    def _call(self, call: dict[str, Any], actor: Any) -> None:
        try:
            if self._stopped is None:
                self._outside.called()
        except BudgetReached as stop:
            self._stop(stop)
        if self._stopped is not None:
            actor.answer.remote(call["call"], _UNANSWERED)
            return

        def pass_on(answer: Future[dict[str, Any]]) -> None:
            actor.answer.remote(call["call"], answer.result())

        self._outside.ask_tool(call).add_done_callback(pass_on)

    def _stop(self, stop: BudgetReached | Cancelled) -> None:
        self._stopped = stop
        for actor in self._ranks._actors:
            actor.stop.remote(isinstance(stop, Cancelled))


def _packed(model: Any) -> PackedModel:
    return PackedModel(hollow(model), ray.put(arrays_of(dict(model.named_parameters()))))


def _evened(shares: list[list[Any]]) -> list[list[Any]]:
    """As many parts for each rank: they make their passes together."""
    return [list(share) for share in zip(*zip_longest(*shares))]


def _sum(shares: list[Learnt]) -> Learnt:
    first = shares[0]
    names = {name for share in shares for name in share.sums}
    sums = {name: sum(share.sums.get(name, 0.0) for share in shares) for name in names}
    drift = {name: sum(share.drift[name] for share in shares) for name in first.drift if name != "ratio_max"}
    if first.drift:
        drift["ratio_max"] = max(share.drift["ratio_max"] for share in shares)
    return Learnt(sum(share.loss for share in shares), first.norm, sums, drift)


def _death(who: str, size: int, error: RayActorError) -> TrainerFailure:
    print(error, file=sys.stderr, flush=True)
    message = f"{who} of {size} has died: its process was ended, or its machine is gone. The trainer's output has what Ray says of it"
    return TrainerFailure("trainer_failed", message)

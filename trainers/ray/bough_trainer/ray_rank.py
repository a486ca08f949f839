"""A rank as an actor of Ray: joins the others by torch.distributed, computes its shares, and keeps what its rollouts ask until the trainer fetches it."""

from __future__ import annotations

import socket
import threading
import warnings
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import ray
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from .budget import BudgetReached
from .devices import backend_of, choose_device
from .link import Cancelled
from .policy import Weights, fill
from .rank import Rank, Trained
from .renderer import Renderer
from .rollout_task import Question, RolloutTask
from .rollout_tree import Tree

# How long a rank waits for another in a collective: as long as a worker lets a trainer be silent.
_PATIENCE = timedelta(minutes=30)

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class PackedModel:
    """A model as it travels: its arrays are shared by all ranks of a machine."""

    hollow: Any
    arrays: Any
    """Reference to `Arrays`."""

    def unpack(self) -> Any:
        return fill(self.hollow, tensors_of(ray.get(self.arrays)))


@dataclass
class News:
    """What has come of rollouts since the last time."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    sampled: int = 0
    ended: list[Tree] | None = None
    """Once they have ended: the trees that are not complete."""


class Relay:
    """The outside of rollouts: keeps what they ask and tell until it is fetched."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._news = News()
        self._answers: dict[str, Future[dict[str, Any]]] = {}
        self._stop: Cancelled | BudgetReached | None = None

    def begin(self) -> None:
        with self._changed:
            self._news, self._answers, self._stop = News(), {}, None

    def ask_tool(self, call: dict[str, Any]) -> Future[dict[str, Any]]:
        answer: Future[dict[str, Any]] = Future()
        with self._changed:
            self._answers[call["call"]] = answer
            self._news.calls.append(call)
            self._changed.notify_all()
        return answer

    def wait(self, answer: Future[Any]) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: answer.done() or isinstance(self._stop, Cancelled))
        if not answer.done():
            raise Cancelled
        return answer.result()

    def sampled(self, count: int) -> None:
        self._news.sampled += count

    def called(self) -> None:
        """Counted where calls are made."""

    def check(self) -> None:
        if self._stop is not None:
            raise self._stop

    def progress(self, fraction: float) -> None:
        """Told by the trees that are complete."""

    def complete(self, tree: Tree) -> None:
        with self._changed:
            self._news.trees.append(tree)
            self._changed.notify_all()

    def end(self, incomplete: list[Tree]) -> None:
        with self._changed:
            self._news.ended = incomplete
            self._changed.notify_all()

    def fetch(self, patience_s: float) -> News:
        with self._changed:
            self._changed.wait_for(self._has_news, patience_s)
            news, self._news = self._news, News()
            return news

    def _has_news(self) -> bool:
        return bool(self._news.calls or self._news.trees or self._news.ended is not None)

    def answer(self, call: str, answer: dict[str, Any]) -> None:
        with self._changed:
            self._answers.pop(call).set_result(answer)
            self._changed.notify_all()

    def stop(self, is_cancelled: bool) -> None:
        with self._changed:
            self._stop = Cancelled() if is_cancelled else BudgetReached("", 0, 0)
            self._changed.notify_all()


@ray.remote(concurrency_groups={"relay": 2})  # type: ignore[call-overload]
class RayRank:
    def __init__(self, number: int, ranks: int, threads: int) -> None:
        self._number, self._ranks = number, ranks
        self._device = choose_device("cpu", threads)
        self._relay = Relay()

    def address(self) -> str:
        """Where this rank, the first, can be met by the others."""
        host = ray.util.get_node_ip_address()
        with socket.socket() as free:
            free.bind((host, 0))
            return f"tcp://{host}:{free.getsockname()[1]}"

    def join(
        self, address: str, model: PackedModel, reference: PackedModel | None, renderer: Renderer, spec: dict[str, Any]
    ) -> None:
        dist.init_process_group(
            backend_of(self._device), address, rank=self._number, world_size=self._ranks, timeout=_PATIENCE
        )
        mesh = init_device_mesh(self._device.type, (self._ranks,))
        frozen = None if reference is None else reference.unpack()
        self._rank = Rank(model.unpack(), frozen, renderer, spec, self._device, mesh)

    def compute(self, what: str, *args: Any) -> Any:
        """A method of `Rank`."""
        return getattr(self._rank, what)(*args)

    def trained(self) -> tuple[Arrays, Arrays, int]:
        trained: Trained = self._rank.trained()
        return arrays_of(trained.weights), arrays_of(trained.moments), trained.optimizer_steps

    def restore(self, optimizer_steps: int, moments: Arrays) -> None:
        self._rank.restore(optimizer_steps, tensors_of(moments))

    def rollouts(self, questions: list[Question], task: RolloutTask) -> None:
        rollouts = self._rank.rollouts(questions, task, self._relay)
        try:
            for tree in rollouts:
                self._relay.complete(tree)
        except (BudgetReached, Cancelled):
            pass
        self._relay.end(rollouts.incomplete)

    @ray.method(concurrency_group="relay")
    def begin(self) -> None:
        """Before `rollouts`."""
        self._relay.begin()

    @ray.method(concurrency_group="relay")
    def fetch(self, patience_s: float) -> News:
        return self._relay.fetch(patience_s)

    @ray.method(concurrency_group="relay")
    def answer(self, call: str, answer: dict[str, Any]) -> None:
        self._relay.answer(call, answer)

    @ray.method(concurrency_group="relay")
    def stop(self, is_cancelled: bool) -> None:
        self._relay.stop(is_cancelled)


def arrays_of(weights: Weights) -> Arrays:
    return {name: value.detach().cpu().numpy() for name, value in weights.items()}


def tensors_of(arrays: Arrays) -> Weights:
    """They share the memory of the arrays, and are not written to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

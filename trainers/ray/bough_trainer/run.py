"""The life of a training run, whatever it is trained by: steps until they are done, somebody pauses it or a budget is used up; checkpoints; the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from .adapter import add_adapter
from .budget import Budget, BudgetReached
from .checkpoint import Progress, checkpoint_card, read_checkpoint, write_checkpoint
from .failure import TrainerFailure
from .frames import Arrays
from .link import Link
from .memory import peak_memory_bytes
from .policy import eos_token_ids, read_model
from .ranks import Ranks, open_ranks
from .renderer import Renderer
from .tokenizer import Tokenizer

Json = dict[str, Any]


@dataclass
class StepReport:
    metrics: dict[str, float]
    usage: Json
    updates: list[Json]
    arrays: Arrays
    warnings: list[str] = field(default_factory=list)
    cut: BudgetReached | None = None
    """The budget that has cut short what follows an update. The step is whole all the same, and the last."""


class Training(Protocol):
    """What one way of training does in a run."""

    run: TrainingRun

    def step(self) -> StepReport:
        """Takes the next step and moves the run's progress on by it. Raises BudgetReached where a budget does not suffice."""
        ...


class TrainingRun:
    def __init__(self, job: Json, link: Link) -> None:
        spec, resume = job["spec"], job["resume"]
        self.job, self.link, self.spec = job, link, spec
        adapter, checkpoint = spec["training"]["adapter"], resume["directory"] if resume else None
        # A run that trains an adapter goes on with the weights it began with: a checkpoint's own have the adapter merged in.
        model = read_model(job["model_directory"] if adapter else checkpoint or job["model_directory"])
        if adapter:
            add_adapter(model, adapter, spec["seed"], checkpoint)
        self._models = (model, _reference(job, model.config.vocab_size))
        self.max_positions: int = model.config.max_position_embeddings
        self.renderer = Renderer(
            Tokenizer(job["model_directory"]), eos_token_ids(model.config), spec["prompt"]["system"]
        )
        self._found = read_checkpoint(resume["directory"]) if resume else None
        self.progress = self._found.progress if self._found else Progress(0, 0)
        self.budget = Budget(spec["budget"], job["usage"])
        self.steps: int = spec["training"]["steps"] or 0
        self._kept = self._first = self.progress.step
        self._begun = time.monotonic()
        self._metrics: dict[str, float] = {}

    def open_ranks(self) -> Ranks:
        """To be called once, when nothing more can be found wrong with the job: from here on the models are the ranks'."""
        ranks = open_ranks(self.job, *self._models, self.renderer)
        if self._found:
            ranks.restore(self._found.optimizer_steps, self._found.moments)
        self.ranks = ranks
        del self._models, self._found
        return ranks

    def record(self, report: StepReport) -> None:
        """Has the worker store the step that was finished last."""
        step = self.progress.step
        self._metrics = {**report.metrics, "memory/peak_bytes": peak_memory_bytes()}
        per_step = (time.monotonic() - self._begun) / (step - self._first)
        message = {
            "type": "step",
            "step": step,
            "steps": self.steps,
            "metrics": self._metrics,
            "usage": report.usage,
            "updates": report.updates,
            "estimated_seconds_left": per_step * (self.steps - step),
        }
        self.link.store(message, report.arrays)
        for warning in report.warnings:
            self.link.log("warn", warning)

    def checkpoint(self, final: bool) -> None:
        """Written only when all before it is stored, so that a run never goes on from steps that nobody has seen."""
        step = self.progress.step
        self.link.phase("checkpoint", step, self.steps)
        self.link.settled()
        card = checkpoint_card(self.job, step, self.steps)
        directory = write_checkpoint(self.job, self.progress, self.ranks.trained(), card)
        said = {"type": "checkpoint", "step": step, "kind": "training", "directory": directory, "final": final}
        best = self.progress.best
        self.link.store({**said, "metrics": self._metrics, "best_step": best and best["step"]})
        self.link.settled()
        self._kept = step

    @property
    def is_kept(self) -> bool:
        """Whether the run can go on from here as it is."""
        return self._kept == self.progress.step

    @property
    def is_checkpoint_due(self) -> bool:
        step, best = self.progress.step, self.progress.best
        is_best = best is not None and best["step"] == step
        return not self.is_kept and (step % self.spec["checkpoint"]["every_steps"] == 0 or is_best)

    @property
    def exhausted(self) -> Json | None:
        """The best evaluation, once too many have come since the last improvement; none: the run goes on."""
        rule = (self.spec.get("evaluation") or {}).get("best") or {}
        best, patience = self.progress.best, rule.get("patience")
        return best if best is not None and patience is not None and best["waited"] >= patience else None


def _reference(job: Json, vocab_size: int) -> Any | None:
    """The frozen model, where the loss keeps the policy near it."""
    if job["spec"]["training"].get("kl_coefficient", 0) == 0:
        return None
    reference = read_model(job["reference_directory"] or job["model_directory"])
    if reference.config.vocab_size != vocab_size:
        sizes = f"{reference.config.vocab_size}, not {vocab_size}"
        raise TrainerFailure("reference_vocabulary_differs", f"training.reference_model has a vocabulary of {sizes}")
    return reference


def train(training: Training) -> str:
    """`done` or `paused`: a run that was paused goes on from its last checkpoint."""
    run = training.run
    cut: BudgetReached | None = None
    while cut is None and run.progress.step < run.steps and run.exhausted is None:
        cut = run.budget.reached()
        if cut is not None:
            break
        if run.link.is_pausing and run.is_kept:
            return "paused"
        if run.link.is_pausing or run.is_checkpoint_due:
            run.checkpoint(final=False)
            continue
        try:
            run.link.check()
            report = training.step()
            run.record(report)
            cut = report.cut
        except BudgetReached as reached:
            cut = reached
    if cut is not None:
        run.link.store({"type": "budget_reached", "budget": cut.budget, "used": cut.used, "limit": cut.limit})
    elif run.progress.step < run.steps and run.exhausted is not None:
        best = run.exhausted
        said = {"type": "no_improvement", "step": best["step"], "value": best["value"]}
        run.link.store({**said, "evaluations": best["waited"]})
    run.checkpoint(final=True)
    return "done"

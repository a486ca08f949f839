"""Learning from rewards: rollouts of a step's prompts, their advantages, and an update."""

from __future__ import annotations

import time
from typing import Any

from .advantages import group_advantages
from .budget import BudgetReached
from .draws import RolloutDraws
from .examples import ExampleOrder, read_examples
from .failure import TrainerFailure
from .held_out import Evaluated, HeldOut
from .link import Cancelled, Link
from .outside import WorkerOutside
from .policy_update import Learner
from .questions import refuse_long_prompts, renderable
from .records import step_metrics, tree_message
from .rollout_task import Question, RolloutTask
from .rollout_tree import rollout_usage
from .run import StepReport, TrainingRun
from .scoring import ScoredTree, ask
from .settings import training_settings
from .usage import no_usage

# Share of trajectories that may lack a score because no tool or judge could serve them.
_MAX_INFRA_ERRORS = 0.2


class PolicyTraining:
    def __init__(self, job: dict[str, Any], link: Link) -> None:
        spec = job["spec"]
        rollout, training = spec["rollout"], spec["training"]
        link.phase("preparing", 0, training["steps"])
        self.run = TrainingRun(job, link)
        self._job, self._link, self._spec = job, link, spec
        quiet = job["resume"] is not None
        self._renderer = self.run.renderer
        examples = read_examples(job["examples"])
        self._examples = renderable(examples, lambda one: self._renderer.prompt(one["messages"]), link, quiet)
        limits = (rollout["max_prompt_tokens"], rollout["max_response_tokens"], self.run.max_positions)
        refuse_long_prompts(self._examples, self._renderer, *limits)
        self._order = ExampleOrder(len(self._examples), spec["seed"], training["shuffle"])
        self._settings = training_settings(spec)
        self._tools = [tool["name"] for tool in job["tools"]]
        self._held_out = (
            HeldOut(job, self._renderer, link, self.run.max_positions) if spec["evaluation"] is not None else None
        )
        self._learner = Learner(self.run.open_ranks(), spec)

    def step(self) -> StepReport:
        run, link = self.run, self._link
        step = run.progress.step + 1
        prompts = self._spec["training"]["prompts_per_step"]
        questions = [self._question(place) for place in range(prompts)]
        outside = WorkerOutside(link, run.budget, lambda fraction: link.phase("rollout", step, run.steps, fraction))
        rollouts = run.ranks.rollouts(questions, self._task(step), outside)
        asked = ask(rollouts, link, lambda _: self._spec["dataset"], self._spec["rollout"]["mask_truncated"])
        usage = {**no_usage(), **rollout_usage([one.tree for one in asked.scored])}
        if asked.stopped is not None:
            self._abandon(step, usage, asked.scored, asked.stopped)
            raise asked.stopped
        outcomes = []
        for one in asked.scored:
            outcome, one.advantages = group_advantages([score.reward for score in one.scores], self._spec["advantage"])
            outcomes.append(outcome)
            link.store(*tree_message(step, one))
        self._refuse_infra_errors(asked.scored, step)
        begun = time.monotonic()
        update = self._learner.update(asked.scored, step, lambda fraction: self._updating(step, fraction))
        run.progress.step = step
        run.progress.cursor += prompts
        usage |= {"trained_tokens": update.trained_copied, "unique_tokens": update.trained_unique}
        metrics = step_metrics(asked.scored, outcomes, update, self._tools)
        metrics |= {**asked.seconds, "time/update_s": time.monotonic() - begun}
        evaluated = self._evaluate(usage)
        metrics |= evaluated.metrics
        warnings = self._compare(evaluated.metrics)
        cut = evaluated.stopped if isinstance(evaluated.stopped, BudgetReached) else None
        return StepReport(metrics, usage, update.records, update.arrays, warnings, cut)

    def _evaluate(self, usage: dict[str, Any]) -> Evaluated:
        """The held-out questions where they are due. A step whose evaluation a budget cuts short is whole all the same."""
        run, step = self.run, self.run.progress.step
        if self._held_out is None or not self._held_out.is_due(step, run.steps):
            return Evaluated({}, [], None)
        evaluated = self._held_out.evaluate(run.ranks, run.budget, step, run.steps)
        usage["evaluation"] = rollout_usage(evaluated.trees)
        if isinstance(evaluated.stopped, Cancelled):
            self._abandon(step, usage, [], evaluated.stopped)
            raise evaluated.stopped
        return evaluated

    def _compare(self, metrics: dict[str, float]) -> list[str]:
        if self._held_out is None:
            return []
        progress = self.run.progress
        progress.best, warning = self._held_out.best_after(progress.best, metrics, progress.step)
        return [] if warning is None else [warning]

    def _question(self, place: int) -> Question:
        example = self._examples[self._order.line_at(self.run.progress.cursor + place)]
        return Question(place, example["index"], self._renderer.prompt(example["messages"]))

    def _task(self, step: int) -> RolloutTask:
        draws = RolloutDraws(self._spec["seed"], step)
        return RolloutTask(self._settings, draws, self._tools, self._job["call_limits"], step, f"{step}/")

    def _updating(self, step: int, fraction: float) -> None:
        self._link.check()
        self._link.phase("update", step, self.run.steps, fraction)

    def _abandon(
        self, step: int, usage: dict[str, Any], trees: list[ScoredTree], stop: BudgetReached | Cancelled
    ) -> None:
        """Counts what was spent on a step that will not be finished, and stores its trees. Nothing was learnt from them."""
        for one in trees:
            one.advantages = [None] * len(one.scores)
        try:
            self._link.store({"type": "unfinished_step", "step": step, "usage": usage})
            for one in trees:
                self._link.store(*tree_message(step, one))
        except Cancelled:
            # Sent all the same; only its acknowledgement is not waited for.
            if isinstance(stop, BudgetReached):
                raise

    def _refuse_infra_errors(self, trees: list[ScoredTree], step: int) -> None:
        scores = [score for one in trees for score in one.scores]
        failed = [score for score in scores if score.status == "infra_error"]
        share = len(failed) / len(scores)
        if share <= _MAX_INFRA_ERRORS:
            return
        if not self.run.is_kept:
            self.run.checkpoint(final=False)
        raise TrainerFailure(
            "too_many_infra_errors",
            f"{share:.0%} of the trajectories of step {step} could not be scored (limit {_MAX_INFRA_ERRORS:.0%}); "
            f"the last reason: {failed[-1].problem or 'unknown'}",
        )

"""Learning from rewards: rollouts of a step's prompts, their advantages, and an update."""

from __future__ import annotations

import time
from typing import Any

from .advantages import group_advantages
from .budget import Budget, BudgetReached
from .draws import RolloutDraws
from .examples import ExampleOrder, read_examples
from .failure import TrainerFailure
from .link import Cancelled, Link
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
        self._learner = Learner(self.run.open_ranks(), spec)

    def step(self) -> StepReport:
        run, link = self.run, self._link
        step = run.progress.step + 1
        prompts = self._spec["training"]["prompts_per_step"]
        questions = [self._question(place) for place in range(prompts)]
        rollouts = run.ranks.rollouts(questions, self._task(step), _WorkerOutside(link, run.budget, step, run.steps))
        asked = ask(rollouts, link, self._spec["dataset"], self._spec["rollout"]["mask_truncated"])
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
        return StepReport(metrics, usage, update.records, update.arrays)

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


class _WorkerOutside:
    """The worker answers calls, and the run's budget counts them."""

    def __init__(self, link: Link, budget: Budget, step: int, steps: int) -> None:
        self._link, self._budget, self._step, self._steps = link, budget, step, steps
        self.ask_tool, self.wait = link.ask_tool, link.wait

    def sampled(self, count: int) -> None:
        self._budget.spend("sampled_tokens", count)

    def called(self) -> None:
        self._budget.spend("tool_calls", 1)

    def check(self) -> None:
        self._link.check()
        self._budget.check()

    def progress(self, fraction: float) -> None:
        self._link.phase("rollout", self._step, self._steps, fraction)

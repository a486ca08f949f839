"""Learning from rewards: rollouts of a step's prompts, their advantages, and an update."""

from __future__ import annotations

import time
from typing import Any

from .advantages import group_advantages
from .budget import BudgetReached
from .devices import choose_device
from .draws import RolloutDraws
from .examples import ExampleOrder, read_examples
from .failure import TrainerFailure
from .link import Cancelled, Link
from .policy import Policy
from .policy_update import Learner
from .questions import refuse_long_prompts, renderable
from .records import step_metrics, tree_message
from .renderer import Renderer
from .rollout_tree import rollout_usage
from .run import StepReport, TrainingRun
from .scheduler import Context, Question
from .scoring import ScoredTree, ask
from .settings import training_settings
from .tokenizer import Tokenizer
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
        policy, quiet = self.run.policy, job["resume"] is not None
        self._renderer = Renderer(Tokenizer(job["model_directory"]), policy.eos_token_ids(), spec["prompt"]["system"])
        examples = read_examples(job["examples"])
        self._examples = renderable(examples, lambda one: self._renderer.prompt(one["messages"]), link, quiet)
        limits = (rollout["max_prompt_tokens"], rollout["max_response_tokens"], policy.max_positions)
        refuse_long_prompts(self._examples, self._renderer, *limits)
        self._order = ExampleOrder(len(self._examples), spec["seed"], training["shuffle"])
        self._settings = training_settings(spec)
        self._tools = [tool["name"] for tool in job["tools"]]
        self._learner = Learner(policy, self._reference(), self.run.optimizer, spec)

    def step(self) -> StepReport:
        run, link = self.run, self._link
        step = run.progress.step + 1
        prompts = self._spec["training"]["prompts_per_step"]
        questions = [self._question(place) for place in range(prompts)]
        asked = ask(
            questions, self._context(step), lambda _: self._spec["dataset"], self._spec["rollout"]["mask_truncated"]
        )
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

    def _context(self, step: int) -> Context:
        budget, link, steps = self.run.budget, self._link, self.run.steps
        return Context(
            self.run.policy, self._renderer, self._settings, RolloutDraws(self._spec["seed"], step), self._tools,
            self._job["call_limits"], link, step, f"{step}/",
            sampled=lambda count: budget.spend("sampled_tokens", count),
            called=lambda: budget.spend("tool_calls", 1),
            check=budget.check,
            on_progress=lambda fraction: link.phase("rollout", step, steps, fraction),
        )  # fmt: skip

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

    def _reference(self) -> Policy | None:
        """Frozen, where the loss keeps the policy near it."""
        if self._spec["training"]["kl_coefficient"] == 0:
            return None
        directory = self._job["reference_directory"] or self._job["model_directory"]
        reference = Policy(directory, choose_device(self._job["provider"], self._job["threads"]))
        if reference.vocab_size != self.run.policy.vocab_size:
            sizes = f"{reference.vocab_size}, not {self.run.policy.vocab_size}"
            raise TrainerFailure(
                "reference_vocabulary_differs", f"training.reference_model has a vocabulary of {sizes}"
            )
        return reference

"""The evaluation inside a run: one greedy answer to each held-out question, as metrics of the step; and which of them was the best so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .budget import Budget, BudgetReached
from .chat_template import ChatTemplateError
from .draws import RolloutDraws
from .examples import Example, read_examples
from .failure import TrainerFailure
from .link import Cancelled, Link
from .outside import WorkerOutside
from .questions import Rejected, refuse_long_prompts
from .ranks import Ranks
from .renderer import Renderer
from .rollout_task import Question, RolloutTask
from .rollout_tree import Tree
from .scoring import ScoredTree, ask
from .settings import greedy_settings

Json = dict[str, Any]
Metrics = dict[str, float]

# Share of answers without a score above which an evaluation is compared with no other.
_MAX_INFRA_ERRORS = 0.2
# Of means that ought to be equal.
_ROUNDING = 1e-9


@dataclass
class Evaluated:
    metrics: Metrics
    """None where it was cut short."""
    trees: list[Tree]
    stopped: BudgetReached | Cancelled | None
    """Why it was cut short."""


class HeldOut:
    def __init__(self, job: Json, renderer: Renderer, link: Link, max_positions: int) -> None:
        self._job, self._spec, self._link = job, job["spec"], link
        self._evaluation: Json = self._spec["evaluation"]
        most = self._spec["rollout"]["max_response_tokens"]
        self._questions: list[Question] = []
        self._sets: list[Json] = []
        """By the place of a question: all sets are asked together."""
        for one, path in zip(self._evaluation["sets"], job["evaluation_examples"]):
            examples = read_examples(path)[: one["limit"]]
            _refuse_unrenderable(examples, renderer, link)
            refuse_long_prompts(examples, renderer, None, most, max_positions)
            for example in examples:
                prompt = renderer.prompt(example["messages"])
                self._questions.append(Question(len(self._questions), example["index"], prompt))
                self._sets.append(one)

    def is_due(self, step: int, steps: int) -> bool:
        return step % self._evaluation["every_steps"] == 0 or step == steps

    def evaluate(self, ranks: Ranks, budget: Budget, step: int, steps: int) -> Evaluated:
        """Spends no budget but that of time."""
        task = RolloutTask(
            greedy_settings(self._spec), RolloutDraws(self._spec["seed"], step),
            [tool["name"] for tool in self._job["tools"]], self._job["call_limits"], step, f"evaluation/{step}/",
        )  # fmt: skip
        outside = WorkerOutside(
            self._link, budget, lambda f: self._link.phase("evaluate", step, steps, f), counts=False
        )
        rollouts = ranks.rollouts(self._questions, task, outside)
        asked = ask(rollouts, self._link, lambda place: self._sets[place]["dataset"], mask_truncated=False)
        metrics: Metrics = {}
        if asked.stopped is None:
            for one in self._evaluation["sets"]:
                metrics |= _metrics_of(one["name"], [s for s in asked.scored if self._sets[s.tree.place] is one])
        return Evaluated(metrics, [one.tree for one in asked.scored], asked.stopped)

    def best_after(self, best: Json | None, metrics: Metrics, step: int) -> tuple[Json | None, str | None]:
        """The best evaluation so far, as checkpoints hold it, and what to tell the user where this one cannot be compared."""
        rule = self._evaluation["best"]
        if rule is None or not metrics:
            return best, None
        unscored = metrics[f"eval/{rule['set']}/infra_error"]
        value = metrics.get(f"eval/{rule['set']}/{rule['metric']}")
        if value is None or unscored > _MAX_INFRA_ERRORS:
            share = f"{unscored:.0%} of the answers to {rule['set']} could not be scored"
            return best, f"The evaluation after step {step} counts neither as an improvement nor as none: {share}"
        if best is None:
            return {"step": step, "value": value, "mark": value, "waited": 0}, None
        highest = {"step": step, "value": value} if value > best["value"] else {n: best[n] for n in ("step", "value")}
        rise = value - best["mark"]
        if rise > 0 and rise >= rule["min_improvement"] - _ROUNDING:
            return {**highest, "mark": value, "waited": 0}, None
        return {**highest, "mark": best["mark"], "waited": best["waited"] + 1}, None


def _refuse_unrenderable(examples: list[Example], renderer: Renderer, link: Link) -> None:
    """None is passed over: what is measured must not depend on the model."""
    rejected = Rejected()
    for example in examples:
        link.check()
        try:
            renderer.prompt(example["messages"])
        except ChatTemplateError as error:
            rejected.add(example, str(error))
    if rejected.reasons:
        what = rejected.describe(len(examples), "cannot be rendered")
        raise TrainerFailure("prompt_not_rendered", f"The evaluation dataset: {what}")


def _metrics_of(name: str, asked: list[ScoredTree]) -> Metrics:
    """Means over the questions of a set that could be scored."""
    scored = [(one.scores[0], one.tree) for one in asked if one.scores[0].status == "scored"]
    metrics = {f"eval/{name}/infra_error": 1 - len(scored) / len(asked)}
    if not scored:
        return metrics
    mean = lambda value: sum(value(score, tree) for score, tree in scored) / len(scored)  # noqa: E731
    return metrics | {
        f"eval/{name}/reward": mean(lambda score, _: score.reward or 0.0),
        f"eval/{name}/exact_match": mean(lambda score, _: score.exact_match or 0.0),
        f"eval/{name}/format_valid": mean(lambda score, _: float(score.format_valid)),
        f"eval/{name}/tool_calls": mean(lambda _, tree: float(tree.tool_calls()[0])),
        f"eval/{name}/model_tokens": mean(lambda _, tree: float(tree.model_tokens(tree.leaves[0].leaf))),
    }

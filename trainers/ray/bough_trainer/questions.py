"""Goes through all questions before the first is asked, so that what is wrong with one is known then, and not hours later."""

from __future__ import annotations

from typing import Callable

from .chat_template import ChatTemplateError
from .examples import Example
from .failure import TrainerFailure
from .link import Link
from .renderer import Prompt, Renderer

_MAX_NAMED = 20


class Rejected:
    """Examples that cannot be used, with the reason for each."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def add(self, example: Example, reason: str) -> None:
        self.reasons.append(f"example {example['index']}: {reason[:200]}")

    def describe(self, count: int, fault: str) -> str:
        more = len(self.reasons) - _MAX_NAMED
        rest = f"; and {more} more" if more > 0 else ""
        return f"{len(self.reasons)} of {count} examples {fault}: {'; '.join(self.reasons[:_MAX_NAMED])}{rest}"


def renderable(examples: list[Example], render: Callable[[Example], object], link: Link, quiet: bool) -> list[Example]:
    """The examples that the chat template takes; a warning names the others."""
    kept, rejected = [], Rejected()
    for example in examples:
        link.check()
        try:
            render(example)
            kept.append(example)
        except ChatTemplateError as error:
            rejected.add(example, str(error))
    if rejected.reasons:
        what = rejected.describe(len(examples), "cannot be rendered")
        if not kept:
            raise TrainerFailure("prompt_not_rendered", what)
        if not quiet:
            link.log("warn", f"{what}. The run passes over them")
    return kept


def refuse_long_prompts(
    examples: list[Example],
    renderer: Renderer,
    max_prompt_tokens: int | None,
    max_response_tokens: int,
    max_positions: int,
) -> None:
    """Raises TrainerFailure naming the examples whose prompts cannot be answered."""
    faulty = Rejected()
    for example in examples:
        if problem := _problem(
            renderer.prompt(example["messages"]), max_prompt_tokens, max_response_tokens, max_positions
        ):
            faulty.add(example, problem)
    if faulty.reasons:
        raise TrainerFailure("prompt_too_long", faulty.describe(len(examples), "have a prompt that cannot be answered"))


def _problem(prompt: Prompt, most: int | None, max_response_tokens: int, max_positions: int) -> str | None:
    length = len(prompt.tokens)
    if length == 0:
        return "its prompt is empty"
    if most is not None and length > most:
        return f"its prompt has {length} tokens: shorten it, or raise rollout.max_prompt_tokens ({most})"
    if length + max_response_tokens <= max_positions:
        return None
    return (
        f"its prompt has {length} tokens, and with max_response_tokens {max_response_tokens} it exceeds the model's "
        f"{max_positions} positions: shorten either"
    )

"""Renders a tokenizer's chat template to text, with the names that transformers gives one. Not an encoder: see renderer.py."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .tokenizer import Tokenizer

# Marks of what an assistant wrote, which write nothing.
_GENERATION = re.compile(r"\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}")
# The same on every day, so that a run can be made again.
_TODAY = datetime(2024, 7, 26)


class ChatTemplateError(Exception):
    """The messages cannot be made a prompt with this tokenizer's chat template."""


def _raise(message: str) -> None:
    raise ChatTemplateError(message)


@cache
def _template(source: str) -> Template:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _TODAY.strftime
    environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
    return environment.from_string(
        _GENERATION.sub(lambda mark: f"{{%{mark[1]} {'endif' if mark[2] else 'if true'} {mark[3]}%}}", source)
    )


def render(tokenizer: Tokenizer, messages: list[dict[str, Any]], add_generation_prompt: bool) -> str:
    """The text of the messages. Raises ChatTemplateError with the template's own words if it refuses them."""
    if tokenizer.chat_template is None:
        raise ChatTemplateError('the tokenizer has no chat template: add "chat_template" to its tokenizer_config.json')
    try:
        return _template(tokenizer.chat_template).render(
            **tokenizer.special_tokens,
            messages=messages,
            add_generation_prompt=add_generation_prompt,
            tools=None,
            documents=None,
        )
    except TemplateError as error:
        raise ChatTemplateError(f"the chat template failed: {error}") from error


def render_if_accepted(tokenizer: Tokenizer, messages: list[dict[str, Any]], add_generation_prompt: bool) -> str:
    """The same, empty where the template refuses the messages."""
    try:
        return render(tokenizer, messages, add_generation_prompt)
    except ChatTemplateError:
        return ""

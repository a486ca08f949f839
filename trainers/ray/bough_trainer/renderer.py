"""Messages to token ids, the same for demonstrations and for rollouts, as src/trainer/model/render.ts does it for calls between tags.

What users and tools wrote is plain text: no content of theirs becomes a control token. Tags such as `<search>` that are tokens become these in what an
assistant wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .chat_template import ChatTemplateError, render, render_if_accepted
from .failure import TrainerFailure
from .tokenizer import Part, Tokenizer

Message = dict[str, Any]

_TAGS = frozenset(f"<{end}{name}>" for name in ("think", "search", "python", "result", "answer") for end in ("", "/"))
_MARK = re.compile("\U0010ff00(\\d+)\U0010ff01")
_BEGUN = re.compile(r"(?:<(think|answer)>(?:(?!</?(?:think|answer)>)[\s\S])*(?:</\1>\s*)?)+\Z")
_CONTENT = "It is four."


@dataclass(frozen=True)
class Span:
    """One span of a sequence. Only `model` spans are learnt."""

    kind: str
    tokens: list[int]
    text: str


@dataclass(frozen=True)
class Prompt(Span):
    begun: str
    """What the template has begun of the answer, such as `<think>`; usually nothing."""


@dataclass(frozen=True)
class _Quoted:
    """What an assistant's message quotes of a tool."""

    text: str


def _is_answer(message: Message) -> bool:
    return message["role"] in ("assistant", "tool")


class Renderer:
    def __init__(self, tokenizer: Tokenizer, eos_token_ids: list[int], system: str | None) -> None:
        self.tokenizer = tokenizer
        self._system = system
        named = tokenizer.token_id(tokenizer.special_tokens.get("eos_token", ""))
        turn = _turn_end(tokenizer)
        end = turn[1] if turn else named if named is not None else next(iter(eos_token_ids), None)
        if end is None:
            message = "neither the tokenizer nor config.json names an end-of-sequence token"
            raise TrainerFailure("tokenizer_without_end", message)
        self._end_text = turn[0] if turn else ""
        self.end_token = end
        self.end_tokens = list(dict.fromkeys([*eos_token_ids, end if named is None else named, end]))
        self.control = _control_tokens(tokenizer, self.end_tokens)

    def prompt(self, messages: list[Message]) -> Prompt:
        """A prompt that ends where the model begins to write. Raises ChatTemplateError where the template refuses the messages."""
        rest = messages if self._system is None else [m for m in messages if m["role"] != "system"]
        system = [] if self._system is None else [{"role": "system", "content": self._system}]
        parts = self._render(_collapse_answers([*system, *rest]))
        tokens = self.tokenizer.encode_parts(parts)
        begun = _BEGUN.search(self._tail(parts))
        return Prompt("prompt", tokens, self.tokenizer.decode(tokens), begun[0] if begun else "")

    def demonstrations(self, messages: list[Message]) -> list[list[Span]]:
        """Sequences to learn from: one for each answer in the messages, after a prompt of all that came before it."""
        sequences: list[list[Span]] = []
        start = 0
        while start < len(messages):
            if not _is_answer(messages[start]):
                start += 1
                continue
            end = start
            while end < len(messages) and _is_answer(messages[end]):
                end += 1
            answer = messages[start:end]
            if start > 0 and any(message["role"] == "assistant" for message in answer):
                prompt = self.prompt(messages[:start])
                sequences.append([prompt, *self._answer(answer, prompt.begun)])
            start = end
        return sequences

    def tool_result(self, content: str, prefix: str = "") -> Span:
        """A tool's result between tags, after a prefix that is text."""
        inner = f"\n{content.replace('</result>', '</ result>')}\n"
        parts = [prefix, *self.tokenizer.split("<result>"), inner, *self.tokenizer.split("</result>")]
        return Span("tool", self.tokenizer.encode_parts(parts), f"{prefix}<result>{inner}</result>")

    def _answer(self, messages: list[Message], begun: str) -> list[Span]:
        spans: list[Span] = []
        for i, message in enumerate(messages):
            if message["role"] == "tool":
                spans.append(self.tool_result(message["content"]))
                continue
            text = _without_beginning(message["content"], begun) if i == 0 else message["content"]
            kind = "prompt" if message.get("weight") == 0 else "model"
            spans.append(Span(kind, self._model_tokens(text, ends=i == len(messages) - 1), text))
        return spans

    def _model_tokens(self, text: str, ends: bool) -> list[int]:
        parts = [self._own(part) for part in self.tokenizer.split(text)]
        if not ends:
            return self.tokenizer.encode_parts(parts)
        return [*self.tokenizer.encode_parts([*parts, self._end_text]), self.end_token]

    def _own(self, part: Part) -> Part:
        """No assistant writes control tokens."""
        return part if isinstance(part, str) or part.id not in self.control else part.content

    def _render(self, messages: list[tuple[str, list[str | _Quoted]]]) -> list[Part]:
        """The template's own words apart from those of the messages, which stand behind marks while it is rendered."""
        contents: list[list[Part]] = []
        marked, plain = [], []
        for role, pieces in messages:
            if not re.fullmatch(r"\w+", role):
                raise ChatTemplateError(f"the role {role!r} is not a word")
            text = "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
            plain.append({"role": role, "content": text})
            core = text.strip()
            if not core:
                marked.append({"role": role, "content": text})
                continue
            at = text.index(core)
            marked.append(
                {"role": role, "content": f"{text[:at]}\U0010ff00{len(contents)}\U0010ff01{text[at + len(core) :]}"}
            )
            contents.append(self._content_parts(role, pieces))
        shown = render(self.tokenizer, marked, add_generation_prompt=True)
        split = _MARK.split(shown)
        parts: list[Part] = []
        for i, piece in enumerate(split):
            parts += contents[int(piece)] if i % 2 else self.tokenizer.split(piece)
        expected = render(self.tokenizer, plain, add_generation_prompt=True)
        if "".join(part if isinstance(part, str) else part.content for part in parts) != expected:
            raise ChatTemplateError(
                "the chat template changes what a message says, or reads it, which this trainer does not support"
            )
        return parts

    def _content_parts(self, role: str, pieces: list[str | _Quoted]) -> list[Part]:
        """The parts of a content between its outer white space."""
        parts: list[Part] = []
        for piece in pieces:
            if isinstance(piece, _Quoted) or role != "assistant":
                parts.append(piece.text if isinstance(piece, _Quoted) else piece)
            else:
                parts += [self._own(part) for part in self.tokenizer.split(piece)]
        while parts and isinstance(parts[0], str):
            parts[0] = parts[0].lstrip()
            if parts[0]:
                break
            parts.pop(0)
        while parts and isinstance(parts[-1], str):
            parts[-1] = parts[-1].rstrip()
            if parts[-1]:
                break
            parts.pop()
        return parts

    def _tail(self, parts: list[Part]) -> str:
        """What comes behind the last control token."""
        tail = ""
        for part in reversed(parts):
            if not isinstance(part, str) and part.id in self.control:
                break
            tail = (part if isinstance(part, str) else part.content) + tail
        return tail


def _collapse_answers(messages: list[Message]) -> list[tuple[str, list[str | _Quoted]]]:
    """Chat templates know no results between tags, so that an earlier answer with its results becomes one assistant message."""
    collapsed: list[tuple[str, list[str | _Quoted]]] = []
    answer: list[str | _Quoted] | None = None
    for message in messages:
        content = message["content"]
        if not _is_answer(message):
            collapsed.append((message["role"], [content]))
            answer = None
            continue
        if answer is None:
            answer = []
            collapsed.append(("assistant", answer))
        if message["role"] == "assistant":
            answer.append(content)
        else:
            answer += ["<result>\n", _Quoted(content.replace("</result>", "</ result>")), "\n</result>"]
    return collapsed


def _turn_end(tokenizer: Tokenizer) -> tuple[str, int] | None:
    """What the template writes behind an answer up to its first token, and that token; none where it ends it with none."""
    messages = [{"role": "user", "content": "What is 2 + 2?"}, {"role": "assistant", "content": _CONTENT}]
    rendered = render_if_accepted(tokenizer, messages, add_generation_prompt=False)
    at = rendered.rfind(_CONTENT)
    if at < 0:
        return None
    text = ""
    for part in tokenizer.split(rendered[at + len(_CONTENT) :]):
        if not isinstance(part, str):
            return text, part.id
        text += part
    return None


def _control_tokens(tokenizer: Tokenizer, ends: list[int]) -> frozenset[int]:
    """Ids of the tokens that end an answer, and of the special ones that have a name or are written by the template; never of tags."""
    written = tokenizer.chat_template or ""
    turns = [{"role": role, "content": "x"} for role in ("user", "assistant", "user")]
    for system in ([{"role": "system", "content": "x"}], []):
        if rendered := render_if_accepted(tokenizer, [*system, *turns], add_generation_prompt=True):
            written += rendered
            break
    named = set(tokenizer.special_tokens.values())
    controls = [
        token.id
        for token in tokenizer.added
        if token.special and token.content not in _TAGS and (token.content in named or token.content in written)
    ]
    return frozenset([*ends, *controls])


def _without_beginning(answer: str, beginning: str) -> str:
    """An answer without what its prompt has begun already. White space within the beginning may differ."""
    tags = beginning.rstrip()
    at = 0
    for character in re.sub(r"\s", "", tags):
        while at < len(answer) and answer[at].isspace():
            at += 1
        if not answer.startswith(character, at):
            return answer
        at += 1
    for space in beginning[len(tags) :]:
        if answer[at : at + 1] == space:
            at += 1
    return answer[at:]

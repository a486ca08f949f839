"""How a model's tokens are read: calls between tags, which interrupt the model, and results that have to fit into a response."""

from __future__ import annotations

from dataclasses import dataclass

from .renderer import Renderer, Span

_CUT_MARK = "…[cut]"


@dataclass(frozen=True)
class Call:
    tool: str
    input: str
    start: int
    """Where the call, tags included, stands in the text: characters."""
    end: int


def completed_call(tools: list[str], text: str, newest: int) -> Call | None:
    """The call that the last `newest` characters of a text complete: up to the last opening tag before it in the same segment."""
    earliest: Call | None = None
    for tool in tools:
        opens, closes = f"<{tool}>", f"</{tool}>"
        at = text.find(closes, max(0, len(text) - newest - len(closes) + 1))
        if at < 0 or (earliest and at + len(closes) >= earliest.end):
            continue
        begins = text.rfind(opens, 0, at)
        if begins >= 0:
            earliest = Call(tool, text[begins + len(opens) : at], begins, at + len(closes))
    return earliest


def utf16(text: str, at: int) -> int:
    """A place in a text in UTF-16 code units, in which the protocol counts."""
    return len(text[:at].encode("utf-16-le")) // 2


def fit_result(renderer: Renderer, content: str, limit: int, left: int, prefix: str) -> Span | None:
    """A tool's result as it stands where there is room, else its beginning with a mark, between the same tags; none where not even the mark fits."""
    whole = renderer.tool_result(content, prefix)
    if len(whole.tokens) <= min(limit, left):
        return whole
    least = renderer.tool_result(_CUT_MARK, prefix)
    if len(least.tokens) > left:
        return None
    # One that is cut leaves the policy half of what is left.
    most = max(min(limit, left // 2), len(least.tokens))
    tokens = renderer.tokenizer.encode_plain(content)
    keep = most - len(least.tokens)
    while keep > 0:
        text = renderer.tokenizer.decode(tokens[:keep]).rstrip("\ufffd")
        cut = renderer.tool_result(text + _CUT_MARK, prefix)
        excess = len(cut.tokens) - most
        if excess <= 0:
            return cut
        keep -= excess
    return least

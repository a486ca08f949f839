"""The tokenizer of a Hugging Face directory. Control tokens in a text are recognised only where the caller says so, which the library's own encode does not offer.

Only byte-level BPE, as Bough's models have: every token is bytes, so that a text can be decoded while it is written.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer as LibraryTokenizer

from .failure import TrainerFailure

_NAMED = ("bos_token", "eos_token", "pad_token", "unk_token")


@dataclass(frozen=True)
class AddedToken:
    id: int
    content: str
    special: bool


Part = AddedToken | str


def _byte_of_character() -> dict[str, int]:
    """GPT-2's alphabet: the character that stands for each byte."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    alphabet = {chr(byte): byte for byte in shown}
    return alphabet | {chr(256 + i): byte for i, byte in enumerate(hidden)}


_BYTES = _byte_of_character()


class Tokenizer:
    def __init__(self, directory: str) -> None:
        described = _read_json(os.path.join(directory, "tokenizer.json"))
        if described is None:
            raise TrainerFailure(
                "model_unreadable", "tokenizer.json is missing: save a fast tokenizer with save_pretrained"
            )
        config = _read_json(os.path.join(directory, "tokenizer_config.json")) or {}
        named = (_read_json(os.path.join(directory, "special_tokens_map.json")) or {}) | config
        model, decoder = described["model"], described.get("decoder") or {}
        if model.get("type") != "BPE" or decoder.get("type") != "ByteLevel":
            raise TrainerFailure("model_unreadable", "tokenizer.json: only byte-level BPE is supported")
        self.added = [_added(token) for token in described.get("added_tokens", [])]
        self.special_tokens = {name: text for name in _NAMED if (text := _content(named.get(name))) is not None}
        self.chat_template = _template(directory, config)
        plain = {**described, "added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
        self._library = LibraryTokenizer.from_str(json.dumps(plain))
        self._by_id = {token.id: token for token in self.added}
        self._by_content = {token.content: token for token in self.added}
        self._vocabulary: dict[str, int] = model["vocab"]
        self._bytes = {i: bytes(_BYTES[c] for c in text if c in _BYTES) for text, i in self._vocabulary.items()}
        self._bytes |= {token.id: token.content.encode() for token in self.added}
        contents = sorted(filter(None, self._by_content), key=len, reverse=True)
        self._pattern = re.compile("(" + "|".join(map(re.escape, contents)) + ")") if contents else None

    def added_token(self, token: int) -> AddedToken | None:
        return self._by_id.get(token)

    def token_id(self, text: str) -> int | None:
        added = self._by_content.get(text)
        return added.id if added else self._vocabulary.get(text)

    def split(self, text: str) -> list[Part]:
        """The added tokens in a text, and the plain texts between them."""
        pieces = self._pattern.split(text) if self._pattern else [text]
        return [self._by_content[piece] if i % 2 else piece for i, piece in enumerate(pieces) if i % 2 or piece]

    def encode_plain(self, text: str) -> list[int]:
        """No token of it is an added one, whatever it spells."""
        return self._library.encode(text, add_special_tokens=False).ids if text else []

    def encode_parts(self, parts: list[Part]) -> list[int]:
        """Adjacent plain texts are encoded as one."""
        ids: list[int] = []
        plain = ""
        for part in parts:
            if isinstance(part, str):
                plain += part
                continue
            ids += self.encode_plain(plain)
            plain = ""
            ids.append(part.id)
        return ids + self.encode_plain(plain)

    def decode(self, ids: list[int]) -> str:
        decoder = IncrementalDecoder(self)
        return "".join(decoder.push(token) for token in ids) + decoder.finish()

    def bytes_of(self, token: int) -> bytes:
        return self._bytes.get(token, b"")


class IncrementalDecoder:
    """Decodes a stream of ids: a character that is split over tokens comes out once, with its last byte."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        unfinished = self.finish() if self._tokenizer.added_token(token) else ""
        return unfinished + self._utf8.decode(self._tokenizer.bytes_of(token))

    def finish(self) -> str:
        return self._utf8.decode(b"", final=True)


def _added(token: dict[str, Any]) -> AddedToken:
    for flag in ("lstrip", "rstrip", "single_word"):
        if token.get(flag):
            message = (
                f'tokenizer.json: the added token {token["content"]} has "{flag}", which this trainer does not support'
            )
            raise TrainerFailure("model_unreadable", message)
    return AddedToken(token["id"], token["content"], token.get("special") is True)


def _content(token: Any) -> str | None:
    return token.get("content") if isinstance(token, dict) else token


def _template(directory: str, config: dict[str, Any]) -> str | None:
    path = os.path.join(directory, "chat_template.jinja")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            return file.read()
    template = config.get("chat_template")
    if isinstance(template, list):
        return next((one["template"] for one in template if one.get("name") == "default"), None)
    return template


def _read_json(path: str) -> dict[str, Any] | None:
    if not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except ValueError as error:
        raise TrainerFailure("model_unreadable", f"{os.path.basename(path)} is not JSON: {error}") from error

"""Requests, uploads and downloads, as far as they wait for nothing. Shared by both clients."""

from __future__ import annotations

import io
import json
import os
import random
import re
import tarfile
import tempfile
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ._errors import BoughError

#: How often a request is sent that fails for reasons that pass.
TRIES = 5
RETRIED = (429, 502, 503, 504)
MAX_WAIT_S = 10.0
#: How often a download or a stream of events goes on after a lost connection without getting any further.
RESUMPTIONS = 5
#: The service says something every 15 seconds; a connection this quiet is dead.
SILENCE_S = 45.0
#: Of events that end a run.
FINAL_EVENTS = ("run.succeeded", "run.failed", "run.cancelled")
#: A paused run goes on only when somebody says so: whoever waits for it would wait for ever.
AT_REST = ("succeeded", "failed", "cancelled", "paused")

#: Called with the bytes so far and with all of them.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SavedFile:
    path: Path
    sha256: str
    size_bytes: int


def wait_s(tried: int, response: httpx.Response | None = None) -> float:
    """Until the next try: as the service says, else twice as long each time, and varied so that clients do not come back all at once."""
    said = None if response is None else response.headers.get("retry-after")
    try:
        return min(float(said or ""), MAX_WAIT_S)
    except ValueError:
        return min(0.25 * float(2 ** (tried - 1)), MAX_WAIT_S) * random.uniform(0.75, 1.25)


def query_of(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`status=["running", "queued"]` is repeated, `metadata={"team": "search"}` is `metadata[team]=search`; None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if isinstance(value, Mapping):
            pairs += [(f"{name}[{key}]", _text(one)) for key, one in value.items()]
        elif isinstance(value, (list, tuple)):
            pairs += [(name, _text(one)) for one in value]
        elif value is not None:
            pairs.append((name, _text(value)))
    return pairs


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class CountedFile(io.FileIO):
    """A file that says how much of it was read."""

    def __init__(self, path: str | os.PathLike[str], progress: Progress | None) -> None:
        super().__init__(path)
        self._progress = progress
        self._size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(-1 if size is None else size) or b""
        if self._progress and chunk:
            self._progress(self.tell(), self._size)
        return chunk


def form_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Texts as they are, everything else as JSON."""
    given = {name: value for name, value in fields.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


#: What a model is made of; whatever else lies beside it stays where it is.
_PACKED = re.compile(r"\.(json|txt|jinja|safetensors)$|^(README|LICEN[CS]E|NOTICE)(\.\w+)?$", re.IGNORECASE)


def packed_model(folder: Path, into: str) -> Path:
    """A tar of a Hugging Face directory. Follows symbolic links: in the cache of the Hub all files are such."""
    archive = Path(into) / f"{folder.resolve().name}.tar"
    with tarfile.open(archive, "w", dereference=True) as tar:
        for path in sorted(folder.iterdir()):
            if path.is_file() and _PACKED.search(path.name):
                tar.add(path, path.name)
    return archive


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bough-")


def file_path(owner_id: str, name: str) -> str:
    """Of a file of a checkpoint (`ckpt_…`) or an export (`exp_…`)."""
    collection = "exports" if owner_id.startswith("exp_") else "checkpoints"
    return f"/v1/{collection}/{urllib.parse.quote(owner_id, safe='')}/files/{urllib.parse.quote(name)}"


def sha256_of(response: httpx.Response) -> str:
    """The ETag is the sha256."""
    return str(response.headers.get("etag", "")).strip('"')


def check_sha256(name: str, expected: str, actual: str) -> None:
    if expected != actual:
        raise BoughError("damaged", f"{name} was damaged on its way: its sha256 is {actual}, not {expected}")


def is_refusal(error: BoughError) -> bool:
    """Whether asking again is of no use: unlike of a server that shuts down, or one that is busy."""
    return error.status is not None and error.status < 500 and error.status != 429


class EventReader:
    """Server-sent events, line by line."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def read(self, line: str) -> Any | None:
        """The event that this line completes."""
        if line == "":
            data, self._data = self._data, []
            return json.loads("\n".join(data)) if data else None
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
        return None

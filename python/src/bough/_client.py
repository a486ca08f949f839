"""The client that waits. Written by make_sync.py from `_async_client.py`: change that."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from ._errors import BoughError
from ._transfer import (
    AT_REST,
    FINAL_EVENTS,
    RESUMPTIONS,
    RETRIED,
    SILENCE_S,
    TRIES,
    CountedFile,
    EventReader,
    Progress,
    SavedFile,
    check_sha256,
    file_path,
    form_of,
    is_refusal,
    packed_model,
    query_of,
    sha256_of,
    temporary_folder,
    wait_s,
)

Json = dict[str, Any]


class Bough:
    """
    Every route by its path (`get`, `post`, `delete`, `list`), and what takes more than one request. Raises `BoughError` for what the service refuses.

        with Bough("http://127.0.0.1:3000", "bgh_…") as bough:
            run = bough.post("/v1/runs", {"method": "grpo", "model": model, "dataset": dataset})
            for event in bough.run_events(run["id"]):
                print(event["message"])
    """

    def __init__(
        self, base_url: str, api_key: str, *, timeout_s: float = 120, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url.rstrip("/"),
            headers={"authorization": f"Bearer {api_key}"},
            timeout=timeout_s,
            transport=transport,
        )

    def __enter__(self) -> Bough:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Json:
        return self._json("GET", path, params=query_of(query))

    def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Json:
        """Happens once, however often it has to be sent."""
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        return self._json("POST", path, json=body, headers=headers)

    def delete(self, path: str) -> Json:
        return self._json("DELETE", path)

    def list(self, path: str, **query: Any) -> Iterator[Json]:
        """Every object of a list, page by page; `limit` is the size of a page."""
        after: str | None = None
        while True:
            page = self.get(path, **{**query, **({} if after is None else {"after": after})})
            for item in page["data"]:
                yield item
            after = page["last_id"]
            if not page["has_more"] or after is None:
                return

    def upload_dataset(
        self,
        path: str | Path,
        *,
        kind: str,
        name: str | None = None,
        format: str | None = None,
        mapping: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Json:
        """
        Uploads a file without holding it in memory, and answers the dataset while its rows are still being read.

        :param progress: called with the bytes sent and with all of them
        """
        fields = {"kind": kind, "name": name, "format": format, "mapping": mapping, "metadata": metadata}
        return self._upload("/v1/datasets", Path(path), fields, progress)

    def upload_model(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        metadata: dict[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Json:
        """Uploads a Hugging Face directory, or a tar of one, and answers the model while it is still being read."""
        path = Path(path)
        if not path.is_dir():
            return self._upload("/v1/models", path, {"name": name, "metadata": metadata}, progress)
        with temporary_folder() as folder:
            fields = {"name": name or path.resolve().name, "metadata": metadata}
            return self._upload("/v1/models", packed_model(path, folder), fields, progress)

    def wait_for_dataset(self, id: str, **options: Any) -> Json:
        """Waits until it is ready; options as those of `wait_for_run`. Raises `BoughError` when it has failed."""
        return self._wait_until_ready(f"/v1/datasets/{quote(id)}", **options)

    def wait_for_model(self, id: str, **options: Any) -> Json:
        return self._wait_until_ready(f"/v1/models/{quote(id)}", **options)

    def wait_for_export(self, id: str, **options: Any) -> Json:
        return self._wait_until_ready(f"/v1/exports/{quote(id)}", **options)

    def preview_run(self, spec: Json, **options: Any) -> Json:
        """What a run would do and take. Where `problems` are named nothing has been carried out."""
        preview = self.post("/v1/runs/preview", spec)
        return self._wait_until_ready(f"/v1/previews/{preview['id']}", **options)

    def wait_for_run(
        self,
        id: str,
        *,
        timeout_s: float | None = None,
        every_s: float = 2,
        on_update: Callable[[Json], None] | None = None,
    ) -> Json:
        """
        The run when it has succeeded, failed, or been cancelled or paused.

        :param timeout_s: None: there is no limit
        :param on_update: called with each state that is seen
        """
        is_over = lambda state: state["status"] in AT_REST  # noqa: E731
        return self._wait(f"/v1/runs/{quote(id)}", is_over, timeout_s, every_s, on_update)

    def wait_for_evaluation(
        self,
        id: str,
        *,
        timeout_s: float | None = None,
        every_s: float = 2,
        on_update: Callable[[Json], None] | None = None,
    ) -> Json:
        is_over = lambda state: state["status"] in AT_REST  # noqa: E731
        return self._wait(f"/v1/evaluations/{quote(id)}", is_over, timeout_s, every_s, on_update)

    def run_events(self, id: str, *, after: int = 0) -> Iterator[Json]:
        """The events of a run, from the first and as they happen, each once, until the one that ends it; goes on by itself after a lost connection."""
        sequence, failures = after, 0
        while True:
            try:
                headers = {"accept": "text/event-stream", "last-event-id": str(sequence)}
                quiet = httpx.Timeout(SILENCE_S)
                with self._http.stream(
                    "GET", f"/v1/runs/{quote(id)}/events", headers=headers, timeout=quiet
                ) as response:
                    if response.status_code == 204:
                        return
                    _refuse(response)
                    reader = EventReader()
                    for line in response.iter_lines():
                        event = reader.read(line)
                        if event is None or event["sequence"] <= sequence:
                            continue
                        sequence, failures = event["sequence"], 0
                        yield event
                        if event["type"] in FINAL_EVENTS:
                            return
            except BoughError as error:
                if is_refusal(error):
                    raise
            except httpx.TransportError:
                pass
            failures += 1
            time.sleep(wait_s(min(failures, 5)))

    def save_file(self, owner_id: str, name: str, path: str | Path, *, progress: Progress | None = None) -> SavedFile:
        """
        Writes a file of a checkpoint or an export, checked against its sha256. Until it is whole its bytes are in a file beside it; a lost connection goes on
        where it broke off.
        """
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.part")
        try:
            digest = hashlib.sha256()
            with partial.open("wb") as file:
                sha256, size = None, 0
                for chunk, sha256, total in self._receive(file_path(owner_id, name)):
                    digest.update(chunk)
                    file.write(chunk)
                    size += len(chunk)
                    if progress:
                        progress(size, total)
            check_sha256(name, sha256 or "", digest.hexdigest())
            partial.replace(target)
            return SavedFile(target, digest.hexdigest(), size)
        finally:
            partial.unlink(missing_ok=True)

    def save_checkpoint(
        self, id: str, folder: str | Path, *, progress: Progress | None = None
    ) -> tuple[SavedFile, ...]:
        """Writes all files of a checkpoint into a folder, which becomes a Hugging Face directory."""
        checkpoint = self.get(f"/v1/checkpoints/{quote(id)}")
        return self._save_all(checkpoint, folder, progress)

    def save_export(self, id: str, folder: str | Path, *, progress: Progress | None = None) -> tuple[SavedFile, ...]:
        """Writes all files of an export into a folder."""
        export = self.get(f"/v1/exports/{quote(id)}")
        if export["status"] == "failed":
            raise BoughError.failed(export)
        if export["status"] != "ready":
            raise BoughError("export_not_ready", f"Export {id} is {export['status']}: wait until it is ready")
        return self._save_all(export, folder, progress)

    def _save_all(self, owner: Json, folder: str | Path, progress: Progress | None) -> tuple[SavedFile, ...]:
        total = sum(file["size_bytes"] for file in owner["files"])
        saved: tuple[SavedFile, ...] = ()
        for file in owner["files"]:
            before = sum(one.size_bytes for one in saved)
            report = None if progress is None else lambda size, _, before=before: progress(before + size, total)
            saved += (self.save_file(owner["id"], file["name"], Path(folder) / file["name"], progress=report),)
        return saved

    def _receive(self, path: str) -> Iterator[tuple[bytes, str, int]]:
        """The bytes in order, with the sha256 and the size that all of them should have."""
        received, total, failures, sha256 = 0, 0, 0, None
        while True:
            headers: dict[str, str] = {} if sha256 is None else {"range": f"bytes={received}-", "if-range": f'"{sha256}"'}
            try:
                with self._http.stream("GET", path, headers={**headers, "accept-encoding": "identity"}) as response:
                    _refuse(response)
                    if received > 0 and response.status_code != 206:
                        raise BoughError("changed", "The file changed during the download")
                    if sha256 is None:
                        sha256, total = sha256_of(response), int(response.headers.get("content-length", 0))
                    for chunk in response.iter_bytes():
                        received, failures = received + len(chunk), 0
                        yield chunk, sha256, total
                    if total in (0, received):
                        if received == 0:
                            yield b"", sha256, 0
                        return
            except httpx.TransportError:
                if failures + 1 >= RESUMPTIONS:
                    raise
            failures += 1
            time.sleep(wait_s(failures))

    def _upload(self, path: str, file: Path, fields: Json, progress: Progress | None) -> Json:
        with CountedFile(file, progress) as content:
            sent = {"file": (file.name, content, "application/octet-stream")}
            response = self._http.post(path, data=form_of(fields), files=sent)
        return _answer(response)

    def _json(self, method: str, path: str, **request: Any) -> Json:
        for tried in range(1, TRIES + 1):
            response = None
            try:
                response = self._http.request(method, path, **request)
                if tried == TRIES or response.status_code not in RETRIED:
                    return _answer(response)
            except httpx.TransportError:
                if tried == TRIES:
                    raise
            time.sleep(wait_s(tried, response))
        raise AssertionError("the last try answers or raises")

    def _wait_until_ready(
        self,
        path: str,
        *,
        timeout_s: float | None = None,
        every_s: float = 2,
        on_update: Callable[[Json], None] | None = None,
    ) -> Json:
        is_over = lambda state: state["status"] != "processing"  # noqa: E731
        state = self._wait(path, is_over, timeout_s, every_s, on_update)
        if state["status"] == "failed":
            raise BoughError.failed(state)
        return state

    def _wait(
        self,
        path: str,
        is_over: Callable[[Json], bool],
        timeout_s: float | None,
        every_s: float,
        on_update: Callable[[Json], None] | None,
    ) -> Json:
        began, pause = time.monotonic(), min(0.1, every_s)
        while True:
            state = self.get(path)
            if on_update:
                on_update(state)
            if is_over(state):
                return state
            left = float("inf") if timeout_s is None else timeout_s - (time.monotonic() - began)
            if left <= 0:
                raise BoughError("timeout", f"{state['id']} is still {state['status']} after {timeout_s} s")
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, every_s)


def _refuse(response: httpx.Response) -> None:
    """Raises what an answer says that is an error."""
    if response.is_error:
        response.read()
        raise BoughError.of(response)


def _answer(response: httpx.Response) -> Json:
    _refuse(response)
    body: Json = response.json()
    return body

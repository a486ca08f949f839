"""What the service refused, as an error to be raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Problem:
    """One of the things that were found wrong."""

    path: str
    message: str


class BoughError(Exception):
    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        param: str | None = None,
        problems: tuple[Problem, ...] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        #: Stable, e.g. `dataset_in_use`.
        self.code = code
        self.message = message
        #: Of HTTP; None where the request itself was answered, as for a model that could not be made.
        self.status = status
        #: The field at fault, as in `rollout.group_size`.
        self.param = param
        #: Everything that was found wrong, where several fields are.
        self.problems = problems
        #: To be named when asking the operator.
        self.request_id = request_id

    @classmethod
    def of(cls, response: httpx.Response) -> BoughError:
        """The error that an answer carries, which has been read; its body may be anything when a proxy has written it."""
        try:
            body: Any = response.json()
        except ValueError:
            body = None
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            error = {}
        return cls(
            error.get("code", "unexpected_answer"),
            error.get("message", f"The server answered {response.status_code} {response.reason_phrase}"),
            status=response.status_code,
            param=error.get("param"),
            problems=tuple(Problem(one["path"], one["message"]) for one in error.get("problems", ())),
            request_id=response.headers.get("x-request-id"),
        )

    @classmethod
    def failed(cls, state: dict[str, Any]) -> BoughError:
        """Of something that was to be made and could not be."""
        error = state.get("error") or {}
        return cls(error.get("code", "failed"), error.get("message", f"{state['id']} has failed"))

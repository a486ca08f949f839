"""The client of Bough's HTTP API: `Bough`, and `AsyncBough` for asyncio. What routes there are and what they take is in the service's /openapi.json."""

from ._async_client import AsyncBough
from ._client import Bough
from ._errors import BoughError, Problem
from ._transfer import SavedFile

__all__ = ["AsyncBough", "Bough", "BoughError", "Problem", "SavedFile"]

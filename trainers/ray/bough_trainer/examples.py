"""A job's examples, read from a file of JSON Lines, and the order in which a run goes through them."""

from __future__ import annotations

import json
from typing import Any

from .draws import shuffled
from .failure import TrainerFailure

Example = dict[str, Any]


def read_examples(path: str) -> list[Example]:
    with open(path, encoding="utf-8") as file:
        examples = [json.loads(line) for line in file if line.strip()]
    if not examples:
        raise TrainerFailure("dataset_empty", "The dataset has no examples: upload one that has")
    return examples


class ExampleOrder:
    """Which line comes at which place of the endless sequence of epochs. A function of the place alone: nothing to save."""

    def __init__(self, count: int, seed: int, shuffle: bool) -> None:
        self._count, self._seed, self._shuffle = count, seed, shuffle
        self._epoch, self._lines = -1, list(range(count))

    def line_at(self, place: int) -> int:
        epoch, within = divmod(place, self._count)
        if not self._shuffle:
            return within
        if epoch != self._epoch:
            self._epoch, self._lines = epoch, shuffled(self._seed, epoch, self._count)
        return self._lines[within]

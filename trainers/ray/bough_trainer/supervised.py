"""Learning from demonstrations: one optimiser step per batch of them, the mean negative log-likelihood of its targets. Samples nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .batches import chunks_by_weight
from .examples import Example, ExampleOrder, read_examples
from .failure import TrainerFailure
from .link import Link
from .optimizer import learning_rate
from .questions import renderable
from .ranks import shared_out
from .run import StepReport, TrainingRun
from .trees import PackedTree, chain
from .usage import no_usage


@dataclass
class Batch:
    epoch: int
    end: int
    """Place of the first example that is not in the batch."""
    sequences: list[PackedTree] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)


class RowFiller:
    """Fills rows one after the other, or counts examples where nothing is packed. The order of the examples stays."""

    def __init__(self, most_rows: int, row_length: int, pack: bool) -> None:
        self._most, self._length, self._pack = most_rows, row_length, pack
        self._rows = self._left = 0

    def add(self, lengths: list[int]) -> bool:
        """Whether the sequences of an example found room; if not all did, none takes any."""
        rows, left = self._rows, self._left
        if not self._pack and lengths:
            rows += 1
        for length in lengths if self._pack else []:
            if length > left:
                rows, left = rows + 1, self._length
            left -= length
        if rows > self._most and self._rows > 0:
            return False
        self._rows, self._left = rows, left
        return True


class SupervisedTraining:
    def __init__(self, job: dict[str, Any], link: Link) -> None:
        spec = job["spec"]
        link.phase("preparing", 0, 0)
        self.run = TrainingRun(job, link)
        self._link, self._training = link, spec["training"]
        if self._training["max_length"] > self.run.max_positions:
            message = (
                f"training.max_length must be at most {self.run.max_positions}: the context of the model. Lower it"
            )
            raise TrainerFailure("context_exceeded", message)
        self._warned = job["resume"] is not None
        examples = read_examples(job["examples"])
        self._examples = renderable(examples, self._sequences, link, quiet=self._warned)
        self._order = ExampleOrder(len(self._examples), spec["seed"], self._training["shuffle"])
        if not self.run.steps:
            self.run.steps = self._count_steps()
        self.run.open_ranks()

    def step(self) -> StepReport:
        run, begun = self.run, time.monotonic()
        self._link.phase("update", run.progress.step + 1, run.steps)
        batch = self._batch_at(run.progress.cursor)
        rate = learning_rate(run.spec["optimizer"], run.progress.step, run.steps)
        targets = sum(len(sequence.targets) for sequence in batch.sequences)
        tokens = sum(len(sequence.tokens) for sequence in batch.sequences)
        length = lambda one: len(one.tokens)  # noqa: E731
        most = self._training["max_batch_tokens"]
        shares = [chunks_by_weight(own, most, length) for own in shared_out(batch.sequences, run.ranks.size, length)]
        self._link.check()
        learnt = run.ranks.learn_demonstrations(shares, targets, rate)
        loss, norm = learnt.loss, learnt.norm
        run.progress.step += 1
        run.progress.cursor = batch.end
        step = run.progress.step
        update = {
            "update": step, "epoch": batch.epoch, "learning_rate": rate, "loss_denominator": targets, "loss": loss,
            "grad_norm": norm, "trees": [], "segments": [], "examples": batch.examples,
            "passes": [{"tokens": sum(map(length, part)), "dropout_seed": None} for share in shares for part in share],
        }  # fmt: skip
        metrics = {
            "policy/loss": loss,
            "optimizer/grad_norm": norm,
            "optimizer/learning_rate": rate,
            "tokens/trained_copied": tokens,
            "tokens/trained_unique": tokens,
            "time/update_s": time.monotonic() - begun,
        }
        nothing = np.zeros(0, np.float32)
        arrays = {f"{step}/advantages": nothing, f"{step}/old_logprobs": nothing}
        return StepReport(metrics, {**no_usage(), "trained_tokens": tokens, "unique_tokens": tokens}, [update], arrays)

    def _batch_at(self, start: int) -> Batch:
        """The batch whose first example is at place `start` of the endless sequence of epochs."""
        filler = self._filler()
        batch = Batch(start // len(self._examples), start)
        while batch.end < self._places():
            if not batch.sequences and batch.end - start > len(self._examples):
                break
            example = self._examples[self._order.line_at(batch.end)]
            sequences = self._sequences(example)
            if not filler.add([len(sequence.tokens) for sequence in sequences]):
                break
            batch.sequences += sequences
            batch.examples += [example["index"]] if sequences else []
            batch.end += 1
        if not batch.sequences:
            raise _nothing_to_learn()
        return batch

    def _count_steps(self) -> int:
        """Steps that `dataset_epochs` take, found by going through the whole dataset."""
        steps, place = 0, 0
        while place < self._places():
            self._link.check()
            place = self._batch_at(place).end
            steps += 1
        return steps

    def _places(self) -> float:
        epochs = self._training["dataset_epochs"]
        return float("inf") if epochs is None else -(-epochs * len(self._examples) // 1)

    def _filler(self) -> RowFiller:
        return RowFiller(self._training["batch_size"], self._training["max_length"], self._training["pack"])

    def _sequences(self, example: Example) -> list[PackedTree]:
        """What can be learnt of an example, each at most `max_length` tokens."""
        most = self._training["max_length"]
        sequences = []
        for spans in self.run.renderer.demonstrations(example["messages"]):
            kept: list[tuple[list[int], bool]] = []
            left = most
            for span in spans:
                kept.append((span.tokens[:left], span.kind == "model"))
                left -= len(kept[-1][0])
            if sum(len(span.tokens) for span in spans) > most:
                self._warn_of_cut(example["index"], most)
            sequence = chain(kept)
            if sequence.targets:
                sequences.append(sequence)
        return sequences

    def _warn_of_cut(self, example: int, most: int) -> None:
        if not self._warned:
            self._warned = True
            self._link.log(
                "warn", f"Example {example}, and perhaps others, exceeds training.max_length ({most}) and is cut there"
            )


def _nothing_to_learn() -> TrainerFailure:
    message = "No example has an assistant message that fits into training.max_length: nothing can be learnt"
    return TrainerFailure("nothing_to_learn", message)

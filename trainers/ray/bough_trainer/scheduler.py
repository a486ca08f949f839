"""Writes the rollouts of many prompts at once: one decode step gives one token to every trajectory that can go on.

The schedule is that of src/trainer/rollout/scheduler.ts, a function of the sampled tokens alone: rows join the batch at every eighth step, tool results when
their call is at least as old. Where trees branch is in branching.py.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Iterator

from .decoding import Batch, Decoder, RowCache
from .growth import ForkPoint, Growth, History
from .language import Call, completed_call, fit_result, utf16
from .link import Cancelled
from .budget import BudgetReached
from .renderer import Renderer
from .rollout_task import Outside, Question, RolloutTask
from .rollout_tree import Segment, Trajectory, Tree
from .sampler import Drawn, Sampler
from .tokenizer import IncrementalDecoder

_JOIN_EVERY = 8
_MAX_ROWS = 128
_MAX_CACHE_BYTES = 2**31
_UNANSWERED = {"outcome": "infra_error", "text": "the run ended before the tool answered", "latency_ms": 0}


@dataclass(eq=False)
class Live:
    """A trajectory that is being written."""

    growth: Growth
    index: int
    history: History
    segment: int
    decoder: IncrementalDecoder
    cache: RowCache | None
    """None while its row is in the batch."""
    decoding: bool = True
    forced: int | None = None

    @property
    def current(self) -> Segment:
        return self.growth.tree.segments[self.segment]


@dataclass(eq=False)
class Waiting:
    trajectory: Live
    call: Call
    id: str
    answer: Future[dict[str, Any]]
    due: int


class Scheduler:
    def __init__(self, model: Any, renderer: Renderer, task: RolloutTask, outside: Outside) -> None:
        """`model`: transformers', with all its weights on one device."""
        self._config, self._renderer, self._task, self._outside = model.config, renderer, task, outside
        self._sampler = Sampler(task.settings.temperature, task.settings.top_p)
        self._decoder = Decoder(model)
        self._questions: list[Question] = []
        self.incomplete: list[Tree] = []
        """Where a budget ends or the job is cancelled: the trees that are not complete, as they are."""
        self._step = 0
        self._batch: Batch | None = None
        self._rows: list[Live] = []
        """Those of the batch, in its order, also where they have stopped."""
        self._joining: list[Live] = []
        self._waiting: list[Waiting] = []
        self._growing: list[Growth] = []
        self._live: list[Live] = []
        self._admitted = self._ended = self._most_rows = 0

    def run(self, questions: list[Question]) -> Iterator[Tree]:
        """Trees, each as soon as it is complete."""
        self._questions, self._most_rows = questions, self._room(questions)
        try:
            yield from self._grow()
        except (BudgetReached, Cancelled) as stop:
            self._abandon(wait=isinstance(stop, BudgetReached))
            raise

    def _grow(self) -> Iterator[Tree]:
        while True:
            if self._step % _JOIN_EVERY == 0:
                self._join()
            complete = [growth for growth in self._growing if growth.complete]
            self._growing = [growth for growth in self._growing if not growth.complete]
            yield from (growth.tree for growth in complete)
            if any(row.decoding for row in self._rows):
                self._decode()
            elif not self._growing and self._admitted == len(self._questions):
                return
            else:
                self._step = _next_join(self._step)
            self._outside.check()

    def _decode(self) -> None:
        """One token for every trajectory of the batch that goes on."""
        assert self._batch is not None
        logits = self._batch.step([row.current.tokens[-1] for row in self._rows])
        going = [(b, row) for b, row in enumerate(self._rows) if row.decoding]
        self._step += 1
        for (_, row), drawn in zip(going, self._draw(logits, going)):
            self._accept(row, drawn)

    def _draw(self, logits: Any, going: list[tuple[int, Live]]) -> list[Drawn]:
        draws = self._task.draws
        quantiles = [draws.token(row.growth.tree.place, row.index, row.history.length) for _, row in going]
        return self._sampler.draw(logits, [b for b, _ in going], quantiles, [row.forced for _, row in going])

    def _join(self) -> None:
        """New rows enter the batch here and nowhere else."""
        self._unpack()
        self._take_results()
        self._fork()
        self._fill_up()
        self._admit()
        rows = [row for row in [*self._rows, *self._joining] if row.decoding]
        self._joining = []
        self._rows = rows
        self._batch = self._decoder.begin([row.cache for row in rows if row.cache is not None]) if rows else None
        for row in rows:
            row.cache = None
        total = len(self._questions) * self._task.settings.group_size
        self._outside.progress(self._ended / total)

    def _unpack(self) -> None:
        """Gives every row of the batch its own cache back; one that has stopped to call a tool has one token in it that was fed after it."""
        if self._batch is not None:
            for row, cache in zip(self._rows, self._batch.caches()):
                # Of what was fed since it stopped nothing counts: its last token is fed with the result.
                row.cache = cache[:, :, : self._fed(row)].clone()
        self._batch = None
        self._rows = [row for row in self._rows if row.decoding]

    def _fed(self, row: Live) -> int:
        """All tokens of its path but the last."""
        path = row.growth.tree.path_to(row.segment)
        return sum(len(row.growth.tree.segments[at].tokens) for at in path) - 1

    def _take_results(self) -> None:
        due = [waiting for waiting in self._waiting if waiting.due <= self._step and self._may_rejoin(waiting)]
        answers = [self._outside.wait(waiting.answer) for waiting in due]
        self._waiting = [waiting for waiting in self._waiting if waiting not in due]
        read = [
            (waiting.trajectory, tokens)
            for waiting, answer in zip(due, answers)
            if (tokens := self._receive(waiting, answer))
        ]
        for row, cache, drawn in self._feed_results(read):
            self._resume(row, cache, drawn)

    def _may_rejoin(self, waiting: Waiting) -> bool:
        """In lock step a result waits until nobody of its group still writes, and all their results are due."""
        rule, growth = self._task.settings.branching, waiting.trajectory.growth
        if rule is None or rule["branching"] != "lock_step":
            return True
        writes = any(row.growth is growth and row.decoding for row in self._rows)
        return not writes and all(o.trajectory.growth is not growth or o.due <= self._step for o in self._waiting)

    def _receive(self, waiting: Waiting, answer: dict[str, Any]) -> list[int] | None:
        """Puts a result into the tree. Returns what must be fed before the trajectory can go on; nothing if it has ended."""
        row, call, settings = waiting.trajectory, waiting.call, self._task.settings
        text = row.current.text
        tool = {
            "name": call.tool, "input": call.input, "call": waiting.id, "characters": (call.start, call.end),
            "span": {"start": utf16(text, call.start), "end": utf16(text, call.end)},
            "latency_ms": answer["latency_ms"], "outcome": answer["outcome"], "text": answer["text"],
        }  # fmt: skip
        last = row.current.tokens[-1]
        if answer["outcome"] == "infra_error":
            row.segment = row.growth.add_result(row.segment, [], "", tool)
            self._end(row, "infra_error")
            return None
        left = settings.max_response_tokens - row.history.length
        result = fit_result(self._renderer, answer["text"], settings.max_result_tokens, left, settings.result_prefix)
        tokens, shown = (result.tokens, result.text) if result else ([], "")
        row.segment = row.growth.add_result(row.segment, tokens, shown, tool)
        row.history.length += len(tokens)
        if result is None or row.history.length >= settings.max_response_tokens:
            self._end(row, "length")
            return None
        return [last, *tokens]

    def _feed_results(self, read: list[tuple[Live, list[int]]]) -> list[tuple[Live, RowCache, list[Drawn]]]:
        """The policy reads the results. Draws each trajectory's next token and, where it may fork, the first tokens of its forks."""
        if not read:
            return []
        logits, caches = self._decoder.feed([(row.cache, tokens) for row, tokens in read])
        draws, rule = self._task.draws, self._task.settings.branching
        rows, quantiles, counts = [], [], []
        for b, (row, _) in enumerate(read):
            place, history = row.growth.tree.place, row.history
            own = [draws.token(place, row.index, history.length)]
            if rule is not None:
                most = row.growth.missing if rule["branching"] == "deferred" else rule["branch_factor"]
                forked = range(most if row.growth.missing > 0 else 0)
                own += [draws.forked_token(place, row.index, history.calls, attempt) for attempt in forked]
            rows += [b] * len(own)
            quantiles += own
            counts.append(len(own))
        drawn = iter(self._sampler.draw(logits, rows, quantiles, [None] * len(rows)))
        return [(row, cache, [next(drawn) for _ in range(n)]) for (row, _), cache, n in zip(read, caches, counts)]

    def _resume(self, row: Live, cache: RowCache, drawn: list[Drawn]) -> None:
        """The trajectory goes on, and others may fork from here."""
        growth, rule = row.growth, self._task.settings.branching
        tool_segment = row.segment
        parent = growth.tree.segments[tool_segment].parent
        assert parent is not None
        row.segment = growth.open(tool_segment, forked=False)
        if rule is not None and len(drawn) > 1 and growth.missing > 0:
            before = rule["probe"] == "before_result"
            probed = growth.tree.segments[parent] if before else row.current
            history = row.history.copy()
            growth.fork_points.append(
                ForkPoint(row.index, tool_segment, cache, history, drawn[1:], probed, row.segment)
            )
        row.cache, row.decoding = cache, True
        row.decoder = IncrementalDecoder(self._renderer.tokenizer)
        self._joining.append(row)
        self._accept(row, drawn[0])

    def _fork(self) -> None:
        for growth in self._growing:
            for point, forks in growth.decide_forks(self._task.draws, self._step):
                for first in point.first_tokens[:forks]:
                    segment = growth.open(point.tool_segment, forked=True)
                    self._start(growth, point.cache, point.history.copy(), segment, first)

    def _fill_up(self) -> None:
        """A tree whose trajectories have all ended before there were enough gets missing ones from the prompt."""
        for growth in self._growing:
            if growth.exhausted:
                serial = self._task.settings.fill == "serial"
                self._start_at_prompt(growth, min(1, growth.missing) if serial else growth.missing)

    def _start_at_prompt(self, growth: Growth, count: int) -> None:
        for _ in range(count):
            first = growth.first_tokens[growth.begun]
            self._start(growth, growth.root, History(), growth.open(0, forked=False), first)

    def _start(self, growth: Growth, cache: RowCache, history: History, segment: int, first: Drawn) -> None:
        decoder = IncrementalDecoder(self._renderer.tokenizer)
        row = Live(growth, growth.begun, history, segment, decoder, cache)
        growth.begun += 1
        growth.live += 1
        self._live.append(row)
        self._joining.append(row)
        self._accept(row, first)

    def _admit(self) -> None:
        """New prompts, while there is room for all that a tree may still begin."""
        settings, draws = self._task.settings, self._task.draws
        rows = sum(growth.live + growth.missing for growth in self._growing)
        asked: list[Question] = []
        while self._admitted < len(self._questions) and (rows == 0 or rows + settings.group_size <= self._most_rows):
            asked.append(self._questions[self._admitted])
            self._admitted += 1
            rows += settings.group_size
        if not asked:
            return
        logits, caches = self._decoder.feed([(None, question.prompt.tokens) for question in asked])
        for b, (question, cache) in enumerate(zip(asked, caches)):
            quantiles = [draws.first_token(question.place, i) for i in range(settings.group_size)]
            first = self._sampler.draw(logits, [b] * len(quantiles), quantiles, [None] * len(quantiles))
            growth = Growth(
                question.place, question.example, question.prompt, cache, first, settings.group_size,
                settings.branching, settings.probe_tokens, self._config.vocab_size,
            )  # fmt: skip
            self._growing.append(growth)
            self._start_at_prompt(growth, settings.initial)

    def _accept(self, row: Live, drawn: Drawn) -> None:
        """Appends a token to the segment and does what follows from it."""
        segment, history, settings, renderer = row.current, row.history, self._task.settings, self._renderer
        self._outside.sampled(1)
        is_control = drawn.token in renderer.control
        text = row.decoder.finish() if is_control else row.decoder.push(drawn.token)
        segment.tokens.append(drawn.token)
        segment.logprobs.append(drawn.logprob)
        segment.entropies.append(drawn.entropy)
        segment.text += text
        history.length += 1
        full = history.length >= settings.max_response_tokens
        if row.forced is not None:
            self._stop(row, "tool_call_limit")
        elif drawn.token in renderer.end_tokens:
            self._stop(row, "stop")
        elif not full and ">" in text and (call := completed_call(self._task.tools, segment.text, len(text))):
            self._called(row, call)
        elif full:
            self._stop(row, "length")

    def _called(self, row: Live, call: Call) -> None:
        settings = self._task.settings
        if row.history.calls + 1 > settings.tool_call_limit:
            if settings.ends_at_call_limit:
                row.forced = self._renderer.end_token
            else:
                self._stop(row, "tool_call_limit")
        elif not call.input.strip():
            self._stop(row, "empty_tool_call")
        else:
            self._close(row)
            self._call_tool(row, call)

    def _call_tool(self, row: Live, call: Call) -> None:
        task, history, tree = self._task, row.history, row.growth.tree
        previous = [f"{task.call_prefix}{one}" for one in tree.calls_on(row.segment)]
        history.calls += 1
        self._outside.called()
        name = f"{tree.place}/{row.index}/{history.calls}"
        limit = task.call_limits.get(call.tool)
        made = history.made.get(call.tool, 0)
        answer: Future[dict[str, Any]] = Future()
        if limit is not None and made >= limit:
            calls = f"{limit} {'call' if limit == 1 else 'calls'}"
            text = f"This call was not made: at most {calls} of {call.tool} may be made, and there were as many."
            answer.set_result({"outcome": "program_error", "text": text, "latency_ms": 0})
        else:
            history.made[call.tool] = made + 1
            answer = self._outside.ask_tool(
                {
                    "call": f"{task.call_prefix}{name}", "step": task.step, "tool": call.tool, "input": call.input,
                    "format": "text", "previous": previous, "example": tree.example,
                }
            )  # fmt: skip
        self._waiting.append(Waiting(row, call, name, answer, _next_join(self._step + _JOIN_EVERY - 1)))

    def _stop(self, row: Live, reason: str) -> None:
        self._close(row)
        self._end(row, reason)

    def _close(self, row: Live) -> None:
        row.decoding = False
        row.current.text += row.decoder.finish()
        row.growth.close(row.segment, row.history)

    def _end(self, row: Live, reason: str) -> None:
        row.growth.tree.trajectories[row.index] = Trajectory(row.segment, reason)
        row.growth.live -= 1
        row.decoding = False
        self._live.remove(row)
        self._ended += 1

    def _abandon(self, wait: bool) -> None:
        """Ends all trajectories where they are. Calls that were made are recorded also where no answer comes any more."""
        for waiting in self._waiting:
            answer = _UNANSWERED
            if wait or waiting.answer.done():
                try:
                    answer = self._outside.wait(waiting.answer)
                except Cancelled:
                    pass
            self._receive(waiting, answer)
        for row in list(self._live):
            if row.current.kind == "model" and not row.current.closed:
                self._close(row)
            self._end(row, "unfinished")
        self.incomplete += [growth.tree for growth in self._growing]

    def _room(self, questions: list[Question]) -> int:
        """How many of the longest possible trajectories fit: a function of model and questions alone, because the schedule depends on it."""
        config, settings = self._config, self._task.settings
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        slot = 2 * config.num_hidden_layers * config.num_key_value_heads * head * 4
        longest = max((len(question.prompt.tokens) for question in questions), default=0)
        return max(1, min(_MAX_ROWS, _MAX_CACHE_BYTES // (slot * (longest + settings.max_response_tokens))))


def _next_join(step: int) -> int:
    """The first join point after a decode step."""
    return (step // _JOIN_EVERY + 1) * _JOIN_EVERY

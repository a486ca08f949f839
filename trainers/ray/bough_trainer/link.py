"""The trainer's side of the protocol: hello and start, questions and answers, acknowledgements, heartbeats, cancelling. Knows messages, not what they are about.

One thread reads, one sends heartbeats; the job runs in the main thread and is never called back.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from concurrent.futures import Future
from typing import Any

from .frames import Arrays, Frame, FrameDecoder, FrameError, encode_frame
from .memory import memory_bytes

PROTOCOL_VERSION = 1
HEARTBEAT_S = 5.0
MAX_UNACKNOWLEDGED = 64
PHASE_EVERY_S = 1.0
# The worker kills a trainer five seconds after `cancel`: what is under way may be longer than that.
CANCEL_S = 3.0

Message = dict[str, Any]


class Cancelled(Exception):
    """The worker asked to stop."""


class VersionError(Exception):
    """The worker speaks another version of the protocol."""


class Link:
    def __init__(self, fd: int, capabilities: list[str], fingerprint: dict[str, str]) -> None:
        self._socket = socket.socket(fileno=fd)
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._sent = 0
        self._is_over = False
        self._unacknowledged: set[int] = set()
        self._answers: dict[str, Future[Message]] = {}
        self._scores: dict[int, Future[list[Message]]] = {}
        self._requests = 0
        self._start: Message | None = None
        self._phase: tuple[str, float] = ("", 0.0)
        self._cancelled = False
        self.is_pausing = False
        self._send(
            {"type": "hello", "version": PROTOCOL_VERSION, "capabilities": capabilities, "fingerprint": fingerprint}
        )
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def job(self) -> Message:
        """The job, once it has come. Raises VersionError where the worker speaks another version."""
        with self._changed:
            self._changed.wait_for(lambda: self._start is not None or self._cancelled)
        self.check()
        assert self._start is not None
        version = self._start["version"]
        if version != PROTOCOL_VERSION:
            raise VersionError(
                f"the worker speaks version {version} of the protocol, this trainer {PROTOCOL_VERSION}: "
                "install the same version of both"
            )
        return self._start["job"]

    def check(self) -> None:
        """Raises Cancelled once the worker has asked to stop."""
        if self._cancelled:
            raise Cancelled

    def ask_tool(self, call: Message) -> Future[Message]:
        answer: Future[Message] = Future()
        with self._changed:
            self._answers[call["call"]] = answer
        self._send({"type": "tool_call", **call})
        return answer

    def ask_scores(self, dataset: str, example: int, responses: list[list[Message]]) -> Future[list[Message]]:
        """One score for each response, in order."""
        answer: Future[list[Message]] = Future()
        if not responses:
            answer.set_result([])
            return answer
        with self._changed:
            self._requests += 1
            request = self._requests
            self._scores[request] = answer
        question = {"request": request, "dataset": dataset, "example": example, "responses": responses}
        self._send({"type": "score", **question})
        return answer

    def wait(self, answer: Future[Any]) -> Any:
        """What was answered. Raises Cancelled when nobody waits for it any more."""
        with self._changed:
            self._changed.wait_for(lambda: answer.done() or self._cancelled)
        if not answer.done():
            self.check()
        return answer.result()

    def store(self, message: Message, arrays: Arrays | None = None) -> None:
        """Sends what the worker must store, and waits while too much is on its way."""
        self._send(message, arrays, stored=True)
        self._acknowledged(MAX_UNACKNOWLEDGED)

    def settled(self) -> None:
        """Waits until all that was sent is stored."""
        self._acknowledged(0)

    def log(self, level: str, message: str) -> None:
        self.store({"type": "log", "level": level, "message": message})

    def phase(self, phase: str, step: int, steps: int, fraction: float | None = None) -> None:
        """What is going on: told at once when the phase changes, and once a second within it."""
        said, at = self._phase
        now = time.monotonic()
        if said == phase and now - at < PHASE_EVERY_S:
            return
        self._phase = (phase, now)
        self._send({"type": "phase", "phase": phase, "step": step, "steps": steps, "fraction": fraction})

    def finish(self, message: Message) -> None:
        """The last word: nothing is sent after it, and the pipe closes."""
        if message["type"] == "paused" or (message["type"] == "done" and not message["cancelled"]):
            self.settled()
        self._send(message, last=True)

    def _send(self, message: Message, arrays: Arrays | None = None, stored: bool = False, last: bool = False) -> None:
        with self._sending:
            if self._is_over:
                return
            self._is_over = last
            self._sent += 1
            if stored:
                with self._changed:
                    self._unacknowledged.add(self._sent)
            try:
                self._socket.sendall(encode_frame(Frame(self._sent, message, arrays or {})))
                if last:
                    self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                os._exit(0)

    def _acknowledged(self, most: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._unacknowledged) <= most or self._cancelled)
        self.check()

    def _read(self) -> None:
        """Ends the process when the pipe closes: nobody is left to work for."""
        decoder = FrameDecoder()
        try:
            while chunk := self._socket.recv(1 << 20):
                for frame in decoder.push(chunk):
                    self._hear(frame.message)
            os._exit(0)
        except OSError:
            os._exit(0)
        except (FrameError, KeyError, TypeError) as error:
            print(f"the worker has broken the protocol: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)

    def _hear(self, message: Message) -> None:
        kind = message["type"]
        with self._changed:
            if kind == "start":
                self._start = message
            elif kind == "tool_result":
                if waiting := self._answers.pop(message["call"], None):
                    waiting.set_result(message)
            elif kind == "scores":
                if asked := self._scores.pop(message["request"], None):
                    asked.set_result(message["scores"])
            elif kind == "ack":
                self._unacknowledged.discard(message["number"])
            elif kind == "pause":
                self.is_pausing = True
            elif kind == "cancel":
                self._cancelled = True
                watch = threading.Timer(CANCEL_S, self._give_up)
                watch.daemon = True
                watch.start()
            else:
                raise FrameError(f"a message of type {kind} is not for this trainer")
            self._changed.notify_all()

    def _give_up(self) -> None:
        self._send({"type": "done", "cancelled": True}, last=True)
        os._exit(0)

    def _beat(self) -> None:
        while True:
            time.sleep(HEARTBEAT_S)
            self._send({"type": "heartbeat", "memory_bytes": memory_bytes()})

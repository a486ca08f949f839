"""Framing on a byte pipe, as docs/protocol.md has it. Knows nothing of what messages mean."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, Iterator

import numpy as np

MAX_FRAME_BYTES = 1 << 30
_DTYPES = {"int32": np.dtype("<i4"), "float32": np.dtype("<f4")}

Arrays = dict[str, np.ndarray]


class FrameError(Exception):
    """The other side has sent bytes that are no frame."""


@dataclass
class Frame:
    number: int
    message: dict[str, Any]
    arrays: Arrays = field(default_factory=dict)


def encode_frame(frame: Frame) -> bytes:
    """One frame as bytes. Raises FrameError above 1 GiB, and for arrays of another type than int32 and float32."""
    described, payload = [], []
    for name, array in frame.arrays.items():
        dtype = str(array.dtype)
        if dtype not in _DTYPES:
            raise FrameError(f"array {name} is of {dtype}, not of int32 or float32")
        described.append({"name": name, "dtype": dtype, "length": array.size})
        payload.append(np.ascontiguousarray(array, _DTYPES[dtype]).tobytes())
    header = {"number": frame.number, "message": frame.message, "arrays": described}
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate of a cut text has no UTF-8: it is shown as what it is, a character that is not there.
    data = text.encode("utf-8", "replace")
    body = b"".join(payload)
    length = 4 + len(data) + len(body)
    if length > MAX_FRAME_BYTES:
        raise FrameError(f"a frame of {length} bytes exceeds {MAX_FRAME_BYTES}")
    return struct.pack("<II", length, len(data)) + data + body


class FrameDecoder:
    """Collects bytes as they arrive and gives the frames that are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def push(self, chunk: bytes) -> Iterator[Frame]:
        self._buffer += chunk
        while len(self._buffer) >= 4:
            (length,) = struct.unpack_from("<I", self._buffer)
            if length < 4 or length > MAX_FRAME_BYTES:
                raise FrameError(f"a frame announces {length} bytes")
            if len(self._buffer) < 4 + length:
                return
            body = bytes(self._buffer[4 : 4 + length])
            del self._buffer[: 4 + length]
            yield _decode_body(body)


def _decode_body(body: bytes) -> Frame:
    (header_length,) = struct.unpack_from("<I", body)
    if 4 + header_length > len(body):
        raise FrameError("the header is longer than its frame")
    try:
        header = json.loads(body[4 : 4 + header_length])
        arrays: Arrays = {}
        at = 4 + header_length
        for described in header["arrays"]:
            dtype = _DTYPES[described["dtype"]]
            end = at + 4 * described["length"]
            if end > len(body):
                raise FrameError(f"array {described['name']} does not fit its frame")
            arrays[described["name"]] = np.frombuffer(body[at:end], dtype)
            at = end
        return Frame(header["number"], header["message"], arrays)
    except (ValueError, KeyError, TypeError) as error:
        raise FrameError(f"the header of a frame is not what the protocol says: {error}") from error

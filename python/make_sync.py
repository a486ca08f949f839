"""Writes src/bough/_client.py from src/bough/_async_client.py: the same without async. With --check it writes nothing, and fails where the two differ."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent / "src" / "bough"
NAMES = {
    "AsyncBough": "Bough",
    "AsyncClient": "Client",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncIterator": "Iterator",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aread": "read",
    "aiter_lines": "iter_lines",
    "aiter_bytes": "iter_bytes",
}


def made_sync(source: str) -> str:
    text = source.replace("import asyncio\n", "").replace("asyncio.sleep(", "time.sleep(")
    text = re.sub(r"\basync (?=def|for|with)", "", text)
    text = re.sub(r"\bawait ", "", text)
    text = re.sub(r"\b\w+\b", lambda word: NAMES.get(word.group(), word.group()), text)
    first = '"""The client that waits. Written by make_sync.py from `_async_client.py`: change that."""'
    return first + text[text.index("\n") :]


def main() -> None:
    made = made_sync((HERE / "_async_client.py").read_text())
    target = HERE / "_client.py"
    if "--check" not in sys.argv:
        target.write_text(made)
    elif target.read_text() != made:
        sys.exit("src/bough/_client.py is not what _async_client.py gives: run python3 make_sync.py")


main()

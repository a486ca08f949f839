"""The trainer's process: speaks with the worker over file descriptor 3 and does one job."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Any

# Before PyTorch is loaded: what its kernels for GPUs need to give the same sums each time.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"

from .failure import TrainerFailure  # noqa: E402
from .jobs import capabilities, do_job, fingerprint  # noqa: E402
from .link import Cancelled, Link  # noqa: E402

PIPE = 3


def main() -> None:
    link = Link(PIPE, capabilities(), fingerprint())
    try:
        ended = do_job(link.job(), link)
        link.finish({"type": "paused"} if ended == "paused" else {"type": "done", "cancelled": False})
    except Cancelled:
        link.finish({"type": "done", "cancelled": True})
    except BaseException as error:  # noqa: B902
        link.finish({"type": "failed", **_fault(error)})
    sys.stdout.flush()
    # Threads of libraries are not waited for: the last word is said.
    os._exit(0)


def _fault(error: BaseException) -> dict[str, Any]:
    if isinstance(error, TrainerFailure):
        return {"code": error.code, "message": error.message}
    traceback.print_exc()
    sys.stderr.flush()
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return {"code": "no_space" if full else "trainer_failed", "message": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()

"""Which jobs this trainer does, and who does them."""

from __future__ import annotations

import platform
from typing import Any

import torch
import transformers

from . import __version__
from .devices import device_name
from .link import Link
from .policy_training import PolicyTraining
from .run import train
from .supervised import SupervisedTraining
from .supported import refuse_unsupported, supported_methods


def capabilities() -> list[str]:
    return ["train", *(f"method:{method}" for method in supported_methods())]


def fingerprint() -> dict[str, str]:
    """What equal weights of a resumed run depend on."""
    return {
        "trainer": f"ray {__version__}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": device_name(),
        "platform": f"{platform.system().lower()}-{platform.machine()}",
        "threads": str(torch.get_num_threads()),
    }


def do_job(job: dict[str, Any], link: Link) -> str:
    """Returns how it ended: `done` or `paused`."""
    if job["kind"] == "train":
        refuse_unsupported(job["spec"])
        kind = SupervisedTraining if job["spec"]["method"] == "sft" else PolicyTraining
        return train(kind(job, link))
    raise ValueError(f"a job of kind {job['kind']} is not among the trainer's capabilities")

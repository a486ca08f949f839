"""Which jobs this trainer does, and who does them."""

from __future__ import annotations

import os
import platform
from typing import Any

import torch
import transformers

from . import __version__
from .devices import device_name, gpu_count
from .link import Link
from .policy_training import PolicyTraining
from .run import train
from .supervised import SupervisedTraining
from .supported import refuse_unsupported, supported_methods


def capabilities() -> list[str]:
    """How many processes it can place is known from the machine, or from the cluster."""
    if os.environ.get("RAY_ADDRESS"):
        from .ray_cluster import cluster

        resources = cluster().resources
        cpus, gpus = resources.cpus, resources.gpus
    else:
        cpus, gpus = len(os.sched_getaffinity(0)), gpu_count()
    names = ["train", *(f"method:{method}" for method in supported_methods()), f"world_size:{gpus or cpus}"]
    return [*names, f"gpus:{gpus}"] if gpus else names


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
        training = kind(job, link)
        try:
            return train(training)
        finally:
            training.run.ranks.close()
    raise ValueError(f"a job of kind {job['kind']} is not among the trainer's capabilities")

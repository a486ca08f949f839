"""The Ray that ranks run on: a cluster that `RAY_ADDRESS` names, else one of this trainer's own on this machine, which ends with it."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass

from .failure import TrainerFailure

_OWN = os.environ.get("RAY_ADDRESS", "") == ""
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
if _OWN:
    # Nobody else speaks with it. To be set before Ray is loaded.
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)

import ray  # noqa: E402
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group  # noqa: E402

# What ranks need of the environment, on whichever machine they are.
_ENVIRONMENT = ("CUBLAS_WORKSPACE_CONFIG", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_ROOM_S = 600
# Where a cluster of the trainer's own keeps its sockets, whose paths must be short, and its logs.
_folder = tempfile.mkdtemp(prefix="bough-ray-") if _OWN else None


@dataclass(frozen=True)
class Resources:
    cpus: int
    gpus: int


class RayCluster:
    def __init__(self) -> None:
        """Connects, or starts one. Raises where the cluster does not answer."""
        variables = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        if not _OWN:
            # The code goes with it, so that all ranks have this version.
            package = {"py_modules": [os.path.dirname(os.path.abspath(__file__))], "env_vars": variables}
            ray.init(address=os.environ["RAY_ADDRESS"], runtime_env=package, logging_level=logging.ERROR)
            return
        ray.init(
            address="local", runtime_env={"env_vars": variables}, include_dashboard=False, _temp_dir=_folder,
            _node_ip_address="127.0.0.1", num_cpus=len(os.sched_getaffinity(0)), logging_level=logging.ERROR,
        )  # fmt: skip

    @property
    def resources(self) -> Resources:
        found = ray.cluster_resources()
        return Resources(int(found.get("CPU", 0)), int(found.get("GPU", 0)))

    def threads(self, asked: int, ranks: int) -> int:
        """Of the processor for each rank; `asked`: for all that this machine has, 0 for the default."""
        return max(1, (asked or self.resources.cpus) // ranks) if _OWN else asked or 1

    def place(self, ranks: int) -> PlacementGroup:
        """Room for so many processes, each with a GPU where the cluster has any. Raises TrainerFailure where there is none."""
        have = self.resources
        each = {"CPU": 1, "GPU": 1} if have.gpus > 0 else {"CPU": 1}
        if _OWN and ranks > (have.gpus or have.cpus):
            most = f"{have.gpus} GPUs" if have.gpus else f"{have.cpus} CPU cores"
            message = f"training.world_size {ranks} is more than this machine's {most}: lower it, or use a cluster by RAY_ADDRESS"
            raise TrainerFailure("spec_unsupported", message)
        group = placement_group([each] * ranks, strategy="PACK")
        if not group.wait(_ROOM_S):
            remove_placement_group(group)
            wanted = " and ".join(f"{count} {name}" for name, count in each.items())
            free = ", ".join(f"{count:g} {name}" for name, count in ray.available_resources().items() if name in each)
            message = f"training.world_size {ranks}: Ray has had no room for {ranks} processes with {wanted} each in {_ROOM_S} s; free are {free or 'none'}"
            raise TrainerFailure("trainer_failed", f"{message}: lower it, or add nodes to the cluster")
        return group


_connected: RayCluster | None = None


def cluster() -> RayCluster:
    """One for this process."""
    global _connected
    _connected = _connected or RayCluster()
    return _connected


def leave_cluster() -> None:
    """Ends what this process has placed there, and the cluster itself where it is the trainer's own."""
    ray.shutdown()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)

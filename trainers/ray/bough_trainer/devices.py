"""Where tensors live: the only file that names a device. CUDA where PyTorch sees a GPU, else the processor."""

from __future__ import annotations

import torch

from .failure import TrainerFailure


def choose_device(provider: str, threads: int) -> torch.device:
    """The job's provider is the worker's word for the processor; a GPU that PyTorch sees is used all the same."""
    if provider not in ("cpu", "cuda"):
        message = f"accelerator {provider} is not one that the ray trainer has: use auto, cpu or cuda"
        raise TrainerFailure("spec_unsupported", message)
    if threads > 0:
        torch.set_num_threads(threads)
    # Sums in the same order each time: a resumed run must come to the weights of an undisturbed one.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    if torch.cuda.is_available():
        return torch.device("cuda")
    if provider == "cuda":
        raise TrainerFailure(
            "spec_unsupported", "accelerator cuda: PyTorch sees no GPU: install its CUDA build, or use cpu"
        )
    return torch.device("cpu")


def backend_of(device: torch.device) -> str:
    """The collectives of torch.distributed for tensors there."""
    return "nccl" if device.type == "cuda" else "gloo"


def gpu_count() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def device_name() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"

"""A training checkpoint: a Hugging Face directory, and beside it what a run needs to go on, in the files that the other trainer writes."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from .adapter import merged, save_adapter
from .failure import TrainerFailure
from .policy import Weights, save_model
from .rank import Trained

STATE_FILE = "training_state.json"
OPTIMIZER_FILE = "optimizer.safetensors"
# Above which the other trainer computes a pass layer by layer, should it go on with the run.
_PASS_BYTES = 2**31


@dataclass
class Progress:
    step: int
    """Steps finished."""
    cursor: int
    """Place in the endless sequence of examples."""
    best: dict[str, Any] | None = None
    """The best evaluation: its step and value, the value at the last improvement, and how many have come since."""


@dataclass(frozen=True)
class Found:
    """What a checkpoint has beside the weights, which are read with the model."""

    progress: Progress
    optimizer_steps: int
    moments: Weights


def write_checkpoint(job: dict[str, Any], progress: Progress, trained: Trained, card: str) -> str:
    """Writes `<output>/step-<step>` whole or not at all, and returns it."""
    directory = os.path.join(job["output_directory"], f"step-{progress.step}")
    draft = f"{directory}.partial"
    shutil.rmtree(draft, ignore_errors=True)
    os.makedirs(draft)
    adapter = job["spec"]["training"]["adapter"]
    if adapter:
        save_adapter(draft, trained.weights, adapter, _base_of(job))
    save_model(draft, job["model_directory"], merged(trained.weights, adapter) if adapter else trained.weights)
    with open(os.path.join(draft, "README.md"), "w", encoding="utf-8") as file:
        file.write(card)
    save_file(trained.moments, os.path.join(draft, OPTIMIZER_FILE))
    state = {
        "format": 2,
        "step": progress.step,
        "cursor": progress.cursor,
        "optimizer_steps": trained.optimizer_steps,
        "batch_tokens": job["spec"]["training"]["max_batch_tokens"],
        "pass_bytes": _PASS_BYTES,
        **({"best": progress.best} if progress.best else {}),
    }
    with open(os.path.join(draft, STATE_FILE), "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2)
    shutil.rmtree(directory, ignore_errors=True)
    os.rename(draft, directory)
    return directory


def _base_of(job: dict[str, Any]) -> str:
    """The name under which an adapter's model is found: its repository where it came from there and nothing was trained since, else its id here."""
    model = job["spec"]["model"]
    return model if model.startswith("ckpt_") else job["provenance"]["base_model"] or model


def read_checkpoint(directory: str) -> Found:
    try:
        with open(os.path.join(directory, STATE_FILE), encoding="utf-8") as file:
            state = json.load(file)
        for field in ("slot_baselines", "pools"):
            if field in state:
                raise ValueError(f"it has {field}, which the ray trainer does not support")
        moments = load_file(os.path.join(directory, OPTIMIZER_FILE))
        return Found(Progress(state["step"], state["cursor"], state.get("best")), state["optimizer_steps"], moments)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        message = f"The checkpoint cannot be resumed from: {error}"
        raise TrainerFailure("checkpoint_unusable", message) from error


def checkpoint_card(job: dict[str, Any], step: int, steps: int) -> str:
    """README.md of a checkpoint: what it is, and the specification that it was trained by. Holds no times and no paths."""
    spec, provenance = job["spec"], job["provenance"]
    base = provenance["base_model"]
    front = ["---", *([f"base_model: {json.dumps(base)}"] if base else []), "library_name: transformers"]
    front += ["pipeline_tag: text-generation", "tags:", "  - bough", f"  - {spec['method']}", "---"]
    name = spec["name"] or job["run_id"]
    sentence = f"Trained from {base or provenance['model']} with {spec['method']}, by Bough {provenance['service_version']}'s ray trainer."
    settings = json.dumps(spec, indent=2, ensure_ascii=False)
    return "\n".join(
        [*front, "", f"# {name}, step {step} of {steps}", "", sentence, "", "```json", settings, "```", ""]
    )

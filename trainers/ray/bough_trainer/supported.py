"""What of a specification this trainer carries out. A field that it does not know, or a value that it does not have, is refused by its name: nothing is passed over."""

from __future__ import annotations

from typing import Any, Callable

from .failure import TrainerFailure

Spec = dict[str, Any]
Accepts = Callable[[Any], bool]


class Only:
    """Of a field that has other values too."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __call__(self, value: Any) -> bool:
        return value in self.values


def anything(_: Any) -> bool:
    return True


_common: dict[str, Accepts] = {
    **dict.fromkeys(
        ("name", "model", "dataset", "priority", "seed", "integrations", "metadata", "budget", "checkpoint", "reward"),
        anything,
    ),
    "method": anything,
    "training.world_size": anything,
    "accelerator": Only("auto", "cpu", "cuda"),
    "tools": anything,
    "prompt.system": anything,
    "prompt.template": Only("chat"),
    "prompt.tool_syntax": Only("tags"),
    "prompt.call_delimiters": Only(None),
    "prompt.tag_names": Only(None),
}
_optimizer: dict[str, Accepts] = {
    f"optimizer.{name}": anything
    for name in (
        "learning_rate", "betas", "epsilon", "weight_decay", "decay", "max_grad_norm",
        "warmup_steps", "schedule", "final_fraction", "decay_start",
    )
}  # fmt: skip
_adapter: dict[str, Accepts] = {
    "training.adapter": anything,
    **{f"training.adapter.{name}": anything for name in ("type", "rank", "alpha", "target_modules")},
    "training.adapter.dropout": Only(0),
}
_supervised: dict[str, Accepts] = {
    **{
        f"training.{name}": anything
        for name in ("dataset_epochs", "steps", "batch_size", "max_length", "pack", "shuffle", "max_batch_tokens")
    },
    **_adapter,
}

_policy: dict[str, Accepts] = {
    **{
        f"rollout.{name}": anything
        for name in (
            "preset", "group_size", "initial", "branching", "fill", "branch_factor", "base_probability", "entropy_weight",
            "repeat_penalty", "threshold", "probe_tokens", "probe", "entropy_scale", "slot_order", "temperature", "top_p",
            "max_prompt_tokens", "max_response_tokens", "max_result_tokens", "result_prefix", "tool_call_limit",
            "at_call_limit", "mask_truncated",
        )
    },
    "rollout.source": Only("policy"),
    "rollout.timeout_s": anything,  # of source: external alone
    "rollout.starts": Only("fixed"),
    "rollout.starts_sensitivity": anything,  # of starts: entropy alone
    "rollout.entropy": Only("full"),
    "rollout.baseline": Only("own"),
    "rollout.empty_result_attempts": Only(1),
    "rollout.max_tool_calls_per_turn": anything,  # of tool_syntax chat alone
    "advantage.estimator": Only("grpo", "mean", "leave_one_out"),
    "advantage.attribution": anything,
    "advantage.zero_variance": Only("keep", "drop"),
    "advantage.step_weight": Only(None),
    "advantage.step_discount": anything,  # of step_weight alone
    "advantage.entropy_weight": Only(0),
    "advantage.kl_coefficient": Only(0),
    "advantage.overlong_tokens": Only(None),
    **{
        f"training.{name}": anything
        for name in (
            "steps", "prompts_per_step", "mini_batch_prompts", "epochs", "clip_low", "clip_high", "dual_clip",
            "kl_coefficient", "reference_model", "entropy_bonus", "loss_aggregation", "shuffle", "max_batch_tokens",
        )
    },
    "training.pools": Only(None),
    **_adapter,
    "evaluation": anything,
}  # fmt: skip

_TABLES: dict[str, dict[str, Accepts]] = {
    "sft": _common | _optimizer | _supervised,
    **dict.fromkeys(("grpo", "arpo"), _common | _optimizer | _policy),
}


def supported_methods() -> list[str]:
    return list(_TABLES)


def limits() -> dict[str, list[Any]]:
    """Values that are supported, by the fields that have others: src/spec/run/trainer-needs.ts says the same to the queue."""
    rows = [row for table in _TABLES.values() for row in table.items()]
    return {path: [*accepts.values] for path, accepts in rows if isinstance(accepts, Only)}


def refuse_unsupported(spec: Spec) -> None:
    """Raises TrainerFailure naming the first field that this trainer would have to ignore."""
    table = _TABLES.get(spec["method"])
    if table is None:
        raise _unsupported("method", spec["method"])
    _refuse(spec, table)
    for place, tool in enumerate(spec.get("tools") or []):
        summary = (tool.get("pages") or {}).get("summary") or {}
        if "by" in summary:
            raise _unsupported(f"tools.{place}.pages.summary.by", summary["by"])


def _refuse(spec: Spec, table: dict[str, Accepts]) -> None:
    for path, value in _fields(spec, table):
        accepts = table.get(path)
        if accepts is None or not accepts(value):
            raise _unsupported(path, value)


def _fields(spec: Spec, table: dict[str, Accepts], prefix: str = "") -> list[tuple[str, Any]]:
    """Leaves of the specification by their paths; what the table has as a whole is one."""
    fields: list[tuple[str, Any]] = []
    for name, value in spec.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and (path not in table or any(row.startswith(f"{path}.") for row in table)):
            fields += _fields(value, table, f"{path}.")
        else:
            fields.append((path, value))
    return fields


def _unsupported(path: str, value: Any) -> TrainerFailure:
    message = f"{path} {value!r} is not supported by the ray trainer: change it, or have the run done by a worker with TRAINER=onnxruntime"
    return TrainerFailure("spec_unsupported", message)

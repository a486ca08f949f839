"""Runs the trainer by itself, without a service: `PYTHONPATH=trainers/ray python trainers/ray/tests/smoke.py [PROCESSES]`.

Makes a tiny model, plays the worker for a run on demonstrations and for one of ARPO, and prints the device, the losses and how long each step took. Fails where
the trainer does. What it shows is that the trainer works on this machine's device; the conformance test shows that it keeps the protocol.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from typing import Any, Iterator

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

from bough_trainer.frames import Frame, FrameDecoder, encode_frame

COLOURS = {"sky": "blue", "grass": "green", "night": "black", "rose": "red"}
WORLD_SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 1
TAGS = ["<search>", "</search>", "<result>", "</result>", "<answer>", "</answer>"]
TURNS = ["<eos>", "<user>", "<agent>"]
TEMPLATE = (
    "{% for m in messages %}{{ ('<user>' if m.role == 'user' else '<agent>') + m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}<agent>{% endif %}"
)
OPTIMIZER = {
    "learning_rate": 3e-3, "betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.01, "decay": "matrices",
    "max_grad_norm": 1, "warmup_steps": 0, "schedule": "constant", "final_fraction": 0, "decay_start": 0.6,
}  # fmt: skip
COMMON: dict[str, Any] = {
    "name": None, "model": "mdl_1", "dataset": "ds_1", "accelerator": "auto", "priority": 0, "seed": 5, "metadata": {}, "integrations": [],
    "prompt": {"system": None, "template": "chat", "tool_syntax": "tags", "call_delimiters": None, "tag_names": None},
    "budget": {"tool_calls": None, "sampled_tokens": None, "wall_time_s": None},
}  # fmt: skip
SFT = {
    **COMMON, "method": "sft", "optimizer": OPTIMIZER, "checkpoint": {"every_steps": 40, "keep": 2}, "tools": [],
    "training": {
        "dataset_epochs": None, "steps": 40, "batch_size": 4, "max_length": 64, "pack": True, "shuffle": True,
        "max_batch_tokens": 16384, "world_size": WORLD_SIZE, "adapter": None,
    },
}  # fmt: skip
ARPO = {
    **COMMON, "method": "arpo", "optimizer": {**OPTIMIZER, "learning_rate": 1e-3}, "reward": {"type": "exact_match"},
    "checkpoint": {"every_steps": 3, "keep": 2}, "tools": [{"type": "search"}], "evaluation": None,
    "rollout": {
        "preset": "bough", "group_size": 8, "initial": 4, "starts": "fixed", "starts_sensitivity": 5,
        "branching": "immediate", "fill": "serial", "branch_factor": 1, "base_probability": 0.5, "entropy_weight": 0.5,
        "repeat_penalty": 0, "threshold": None, "probe_tokens": 4, "probe": "after_result", "entropy": "full",
        "entropy_scale": "relative", "baseline": "own", "slot_order": "entropy", "temperature": 1, "top_p": 1,
        "max_prompt_tokens": 256, "max_response_tokens": 32, "result_prefix": "none", "empty_result_attempts": 1,
        "tool_call_limit": 3, "max_tool_calls_per_turn": None, "at_call_limit": "stop", "mask_truncated": False,
        "max_result_tokens": 8,
    },
    "advantage": {
        "estimator": "grpo", "attribution": "soft", "zero_variance": "keep", "step_weight": None, "step_discount": 0.95,
        "entropy_weight": 0, "kl_coefficient": 0, "overlong_tokens": None,
    },
    "training": {
        "steps": 3, "prompts_per_step": 4, "mini_batch_prompts": 4, "epochs": 1, "clip_low": 0.2, "clip_high": 0.2,
        "dual_clip": 3, "kl_coefficient": 0, "reference_model": None, "entropy_bonus": 0, "loss_aggregation": "token",
        "shuffle": True, "max_batch_tokens": 16384, "world_size": WORLD_SIZE, "pools": None, "adapter": None,
    },
}  # fmt: skip


def write_model(directory: str) -> None:
    os.makedirs(directory)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator([f"What colour is {thing}? {colour}" for thing, colour in COLOURS.items()], trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in TURNS])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in TAGS])
    tokenizer.save(os.path.join(directory, "tokenizer.json"))
    with open(os.path.join(directory, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump({"eos_token": "<eos>", "chat_template": TEMPLATE}, file)
    set_seed(1)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True,
        eos_token_id=tokenizer.token_to_id("<eos>"), bos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(directory)


def write_examples(path: str, conversations: list[list[dict[str, str]]]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for index, messages in enumerate(conversations):
            file.write(json.dumps({"index": index, "messages": messages}) + "\n")


def job(folder: str, name: str, spec: dict[str, Any], model: str, examples: str) -> dict[str, Any]:
    tools = [{"name": "search", "description": "Searches.", "parameters": {}}] if spec["tools"] else []
    return {
        "kind": "train", "run_id": f"run_{name}", "attempt": 1, "spec": spec, "model_directory": model,
        "reference_directory": None, "examples": examples, "evaluation_examples": [], "tools": tools, "call_limits": {},
        "output_directory": os.path.join(folder, name), "resume": None, "provider": "cpu", "threads": 0,
        "usage": {"tool_calls": 0, "sampled_tokens": 0, "wall_time_s": 0},
        "provenance": {"model": "smoke", "base_model": None, "dataset": {"name": "colours", "sha256": ""}, "service_version": "0"},
    }  # fmt: skip


def messages_of(pipe: socket.socket) -> Iterator[Frame]:
    decoder = FrameDecoder()
    while chunk := pipe.recv(1 << 20):
        yield from decoder.push(chunk)


def run(what: dict[str, Any]) -> str:
    """Plays the worker. Returns where the last checkpoint is."""
    ours, theirs = socket.socketpair()
    command = f"exec {sys.executable} -m bough_trainer 3<&{theirs.fileno()} 3>&{theirs.fileno()}"
    child = subprocess.Popen(["bash", "-c", command], pass_fds=[theirs.fileno()])
    theirs.close()
    number = 0

    def say(message: dict[str, Any]) -> None:
        nonlocal number
        number += 1
        ours.sendall(encode_frame(Frame(number, message)))

    directory, last = "", {}
    for frame in messages_of(ours):
        last = message = frame.message
        kind = message["type"]
        if kind == "hello":
            print(json.dumps(message["fingerprint"]))
            say({"type": "start", "version": 1, "job": what})
        elif kind == "tool_call":
            text = f" {COLOURS.get(message['input'].strip(), 'unknown')}"
            say({"type": "tool_result", "call": message["call"], "outcome": "ok", "text": text, "latency_ms": 1})
        elif kind == "score":
            scores = [_score(i % 2) for i in range(len(message["responses"]))]
            say({"type": "scores", "request": message["request"], "scores": scores})
        elif kind in ("tree", "step", "checkpoint", "log", "unfinished_step", "budget_reached"):
            say({"type": "ack", "number": frame.number})
        if kind == "step" and (message["step"] % 10 == 0 or message["steps"] < 10):
            names = (
                "policy/loss",
                "policy/sampler_gap",
                "tools/calls",
                "rollout/branches",
                "time/sample_s",
                "time/update_s",
            )
            print(message["step"], {name: message["metrics"][name] for name in names if name in message["metrics"]})
        if kind == "checkpoint":
            directory = message["directory"]
    if child.wait() != 0 or last != {"type": "done", "cancelled": False}:
        sys.exit(f"the trainer's last word is {last}, and its process ended with {child.returncode}")
    return directory


def _score(reward: int) -> dict[str, Any]:
    return {
        "status": "scored", "reward": reward, "parts": {}, "flags": [], "answer": None, "format_valid": True,
        "exact_match": reward,
    }  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model, lessons, questions = (os.path.join(folder, name) for name in ("model", "lessons", "questions"))
        write_model(model)
        asked = [{"role": "user", "content": f"What colour is {thing}?"} for thing in COLOURS]
        answered = [
            [
                {"role": "assistant", "content": f"<search> {thing}</search>"},
                {"role": "tool", "content": f" {colour}"},
                {"role": "assistant", "content": f"<answer> {colour}</answer>"},
            ]
            for thing, colour in COLOURS.items()
        ]
        write_examples(lessons, [[question, *answer] for question, answer in zip(asked, answered)] * 8)
        write_examples(questions, [[question] for question in asked])
        learnt = run(job(folder, "sft", SFT, model, lessons))
        run(job(folder, "arpo", ARPO, learnt, questions))
        print("the trainer works on this device")


if __name__ == "__main__":
    main()

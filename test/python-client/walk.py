"""Uses the Python client as its users do, on the service that it is told of. Prints what it saw as JSON; whether that is right is judged by test/client-package.e2e.ts."""

import asyncio
import json
import sys
from pathlib import Path

import httpx

from bough import AsyncBough, Bough, BoughError

where = json.load(sys.stdin)
folder = Path(where["folder"])
service = (where["base_url"], where["api_key"])
questions = folder / "questions.jsonl"
questions.write_text("".join(f'{{"question": "{n} + {n}", "answer": "{2 * n}"}}\n' for n in range(5000)))


class Broken(httpx.HTTPTransport):
    """Loses the connection in the middle of the first answer that is a file."""

    ranges: list = []

    def handle_request(self, request):
        response = super().handle_request(request)
        if "/files/model.safetensors" in request.url.path:
            self.ranges.append(request.headers.get("range"))
            if len(self.ranges) == 1:
                response.stream = Cut(response.stream)
        return response


class Cut(httpx.SyncByteStream):
    def __init__(self, stream):
        self.stream = stream

    def __iter__(self):
        yield next(iter(self.stream))[:1000]
        raise httpx.ReadError("the connection is gone")

    def close(self):
        self.stream.close()


def refusal(bough, spec):
    try:
        bough.post("/v1/runs", spec)
    except BoughError as error:
        return [error.status, error.code, error.param, [one.path for one in error.problems], error.request_id is not None]
    return None


with Bough(*service, transport=Broken()) as bough:
    sent, saved = [], []
    dataset = bough.upload_dataset(questions, kind="rl", name="from Python", progress=lambda *now: sent.append(now))
    ready = bough.wait_for_dataset(dataset["id"], every_s=0.2)
    spec = {
        "method": "grpo",
        "model": where["model"],
        "dataset": dataset["id"],
        "reward": {"type": "exact_match"},
        "rollout": {"group_size": 2, "max_response_tokens": 8},
        "training": {"steps": 2, "prompts_per_step": 1},
        "checkpoint": {"every_steps": 1},
    }
    run = bough.post("/v1/runs", spec)
    events = [event["type"] for event in bough.run_events(run["id"])]
    done = bough.wait_for_run(run["id"])
    checkpoints = list(bough.list(f"/v1/runs/{run['id']}/checkpoints", limit=1))
    files = bough.save_checkpoint(checkpoints[-1]["id"], folder / "agent", progress=lambda *now: saved.append(now))
    try:
        bough.wait_for_run(run["id"], timeout_s=0)
        bough.wait_for_dataset("ds_none")
    except BoughError as error:
        missing = [error.status, error.code]
    seen = {
        "examples": ready["num_examples"],
        "sent": [sent[-1], len(sent) > 1],
        "events": [events[0], events[-1]],
        "status": done["status"],
        "pages": len({one["id"] for one in checkpoints}),
        "running": [one["id"] for one in bough.list("/v1/runs", status=["succeeded", "failed"], limit=1)] == [run["id"]],
        "ranges": Broken.ranges,
        "sizes": [saved[-1], sum(file.size_bytes for file in files)],
        "left": [path.name for path in (folder / "agent").rglob("*.part")],
        "refusal": refusal(bough, {**spec, "rollout": {"group_size": 1}}),
        "unknown": refusal(bough, {**spec, "stepps": 3}),
        "missing": missing,
    }


async def at_once():
    async with AsyncBough(*service) as bough:
        dataset = await bough.upload_dataset(questions, kind="rl")
        waited, events, models = await asyncio.gather(
            bough.wait_for_dataset(dataset["id"], every_s=0.2),
            collected(bough.run_events(run["id"], after=1)),
            collected(bough.list("/v1/models")),
        )
        file = await bough.save_file(checkpoints[-1]["id"], "config.json", folder / "config.json")
        uploaded = await bough.upload_model(folder / "agent", name="agent")
        model = await bough.wait_for_model(uploaded["id"], every_s=0.2)
        return [waited["status"], events[-1]["type"], len(models) > 0, file.size_bytes > 0, model["status"]]


async def collected(items):
    return [item async for item in items]


seen["at_once"] = asyncio.run(at_once())
json.dump(seen, sys.stdout)

"""PyTorch's side of the benchmarks: answers lines of JSON on stdin with lines of JSON on stdout, one measurement at a time.

The same work as bench/peers/workloads.ts, with the model of transformers. Prints and decides nothing.
"""

import argparse
import json
import os
import platform
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--threads", type=int, required=True)
threads = arguments.parse_args().threads
# Libraries read these when they are imported. Waiting threads sleep: the other side is measured meanwhile.
os.environ.update(
    OMP_NUM_THREADS=str(threads),
    MKL_NUM_THREADS=str(threads),
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_VERBOSITY="error",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
)

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.manual_seed(0)

# As in bench/peers/workloads.ts: with a rate of 0 every measurement does the same work on the same weights.
LEARNING_RATE = 0.0
MAX_NORM = 1.0
WEIGHT_DECAY = 0.01


def load(directory):
    return transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="sdpa")


class Training:
    def __init__(self, request):
        self.model = load(request["model"]).train()
        self.model.config.use_cache = False
        self.ids = load_file(request["inputs"])["ids"].long()
        self.labels = self.ids.clone()
        if request["partings"]:
            # The prompt is not learnt.
            self.labels[:, : request["partings"][0]] = -100
        self.rows_at_once = request["rows_at_once"]
        self.optimizers = {}

    def measure(self, request):
        return getattr(self, request["task"])(request)

    def gradient(self, request):
        """Loss and gradients; the norm that the sides are compared by is taken outside the time."""
        self.model.set_attn_implementation(request["attention"])
        if request.get("checkpointing"):
            self.model.gradient_checkpointing_enable({"use_reentrant": False})
        start = time.perf_counter()
        self.model.zero_grad(set_to_none=True)
        loss = 0.0
        for ids, labels in zip(self.ids.split(self.rows_at_once), self.labels.split(self.rows_at_once)):
            # Rows have equally many targets, so the mean over all is that of the parts.
            part = self.model(input_ids=ids, labels=labels).loss * (len(ids) / len(self.ids))
            part.backward()
            loss += part.item()
        seconds = time.perf_counter() - start
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.model.parameters()])
        return {"seconds": seconds, "loss": loss, "gradient_norm": norm.item()}

    def optimise(self, request):
        """Clips the gradients of the last pass and takes an AdamW step."""
        optimizer = self.optimizer(request["fused"])
        start = time.perf_counter()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_NORM)
        optimizer.step()
        return {"seconds": time.perf_counter() - start}

    def step(self, request):
        """A whole training step."""
        passed = self.gradient(request)
        stepped = self.optimise(request)
        return {**passed, "seconds": passed["seconds"] + stepped["seconds"]}

    def optimizer(self, fused):
        if fused not in self.optimizers:
            # None is the default of PyTorch: a loop over the parameters.
            self.optimizers[fused] = torch.optim.AdamW(
                self.model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=fused or None
            )
        return self.optimizers[fused]


class Decoding:
    def __init__(self, request):
        self.model = load(request["model"]).eval()
        self.prompts = load_file(request["inputs"])["ids"].long()
        self.new_tokens = request["new_tokens"]
        self.generation = transformers.GenerationConfig(
            do_sample=False, use_cache=True, max_new_tokens=self.new_tokens, eos_token_id=None, pad_token_id=0
        )
        # Nothing of the model's own settings may end a row early.
        self.model.generation_config = self.generation

    @torch.inference_mode()
    def measure(self, request):
        self.model.set_attn_implementation(request["attention"])
        start = time.perf_counter()
        tokens = getattr(self, request["task"])()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "tokens": tokens.flatten().tolist()}

    def generate(self):
        """What transformers offers."""
        mask = torch.ones_like(self.prompts)
        return self.model.generate(self.prompts, attention_mask=mask, generation_config=self.generation)[
            :, self.prompts.shape[1] :
        ]

    def loop(self):
        """The same without what generate adds to each token."""
        return self.write(self.prompts, transformers.DynamicCache(config=self.model.config))

    def write(self, fresh, cache):
        """The most probable tokens behind what is in the cache and `fresh`."""
        chosen = []
        for _ in range(self.new_tokens):
            logits = self.model(fresh, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
            fresh = logits[:, -1].argmax(-1, keepdim=True)
            chosen.append(fresh)
        return torch.cat(chosen, 1)


class Rollout(Decoding):
    """Groups of rows that share a prompt, write, call a tool, read its result, and write on."""

    def __init__(self, request):
        super().__init__(request)
        self.work = request["rollout"]

    def turns(self, write):
        """Each turn's new tokens, `write` given what is new since the one before."""
        prompt, result = self.work["prompt_tokens"] + 1, self.work["result_tokens"]
        fresh = self.prompts[:, :prompt]
        chosen = []
        for turn in range(self.work["calls"] + 1):
            chosen.append(write(fresh))
            if turn < self.work["calls"]:
                time.sleep(self.work["tool_seconds"])
                start = prompt + turn * result
                fresh = torch.cat([chosen[-1][:, -1:], self.prompts[:, start : start + result]], 1)
        return torch.cat(chosen, 1)

    def generate(self):
        """What transformers offers, called anew for each turn with all that there is, as training loops around it do."""
        text = self.prompts[:, :0]

        def write(fresh):
            nonlocal text
            text = torch.cat([text[:, : max(0, text.shape[1] - 1)], fresh], 1)
            mask = torch.ones_like(text)
            whole = self.model.generate(text, attention_mask=mask, generation_config=self.generation)
            new = whole[:, text.shape[1] :]
            text = whole
            return new

        return self.turns(write)

    def loop(self):
        """The same with the cache kept from turn to turn."""
        cache = transformers.DynamicCache(config=self.model.config)
        return self.turns(lambda fresh: self.write(fresh, cache))

    def shared_loop(self):
        """The same with each prompt read once, and its cache repeated for the rows of its group."""
        cache = transformers.DynamicCache(config=self.model.config)
        group, prompt = self.work["group"], self.work["prompt_tokens"]
        self.model(self.prompts[::group, :prompt], past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.batch_repeat_interleave(group)

        def write(fresh):
            read = cache.get_seq_length() == prompt
            return self.write(fresh[:, prompt:] if read else fresh, cache)

        return self.turns(write)


def peak_bytes():
    """The most memory that this process ever had resident."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


WORKLOADS = {"training": Training, "decoding": Decoding, "rollout": Rollout}


def main():
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    workload = None

    def answer(request):
        nonlocal workload
        if request["cmd"] == "versions":
            return {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
            }
        if request["cmd"] == "prepare":
            workload = WORKLOADS[request["workload"]](request)
            return {}
        if request["cmd"] == "measure":
            return workload.measure(request)
        return {"bytes": peak_bytes()}

    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(result) + "\n")
        answers.flush()


main()

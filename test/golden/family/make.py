"""Computes ../family.json: what each objective of the GRPO family gives on small trees of log-probabilities, in float64 with PyTorch's autograd.

Not a trainer, and there is no model: the log-probabilities of the unique tokens are the variables. Every loss is computed on the trajectories as
separate copies, one after the other, and autograd adds up the gradients of the copies at a shared token. README.md describes the fields.

Where an objective has a stop gradient, the function reads `frozen`, a second copy of the log-probabilities, instead of calling detach():
central differences in the first argument alone then check the gradient of the same function.
"""

import json
import math
import random
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

STD_EPSILON = 1e-6  # verl and verl-agent: A = (R - mean) / (std + 1e-6)
WHITEN_EPSILON = 1e-8  # verl masked_whiten: (x - mean) / sqrt(var + 1e-8); OpenRLHF: var.clamp(min=1e-8)

# --- Batches: trees of segments with given log-probabilities ---------------------------------------------------------------------------------

# A prompt is a list of nodes (kind, tokens, children); a trajectory ends at each leaf. Rewards are listed from the first leaf to the last; None
# masks a trajectory: it takes no part in any statistic or loss.
M, T = "model", "tool"


def chain(*sizes):
    """model, tool, model, ... with the given token counts, without a fork."""
    node = None
    for i in reversed(range(len(sizes))):
        node = (T if i % 2 else M, sizes[i], [node] if node else [])
    return node


SEPARATE = [
    ([chain(4, 3, 5), chain(6), chain(3, 2, 2, 4, 3), chain(2, 5, 4)], [1.0, 0.0, 1.125, -1.0]),
    ([chain(5), chain(3, 2, 3), chain(7)], [0.5, 0.0, 0.75]),
]
SHARED = [
    # Forks after the first and after the second tool result: prefixes of 3 and of 3 + 4 model tokens; and a trajectory of its own.
    (
        [
            (M, 3, [(T, 2, [(M, 4, [(T, 3, [chain(2), chain(5), chain(3)])]), chain(6)])]),
            chain(4, 2, 3),
        ],
        [1.0, 0.0, 1.125, -1.0, 0.25],
    ),
    ([(M, 5, [(T, 4, [chain(3), chain(1, 2, 4)])]), chain(6)], [0.0, 0.5, 0.75]),
]
ZERO_MASKED = [
    ([(M, 3, [(T, 2, [chain(2), chain(4)])]), chain(5)], [1.0, 1.0, 1.0]),  # zero variance
    ([(M, 4, [(T, 3, [chain(3), chain(2), chain(5)])]), chain(3, 1, 2)], [0.0, None, 1.0, 0.25]),  # one masked
    ([chain(4), chain(2, 2, 3)], [-1.0, 0.5]),
]
CLIPPED = [
    ([(M, 6, [(T, 2, [chain(4), chain(5), chain(4)])]), (M, 4, [(T, 1, [chain(6), chain(4)])])], [1.0, 0.0, 1.125, -1.0, 0.5]),
    ([(M, 5, [(T, 2, [chain(5), chain(6)])]), chain(6)], [0.0, 0.75, -1.0]),
]

# Ratios far from the bounds 0.8, 1.2, 1.28, 3 and 5 of the clips.
INSIDE = [0.86, 0.9, 0.94, 0.97, 1.0, 1.03, 1.06, 1.1, 1.14]
MIXED = INSIDE + [0.62, 0.7, 1.4, 1.5]
WILD = [0.35, 0.5, 0.62, 0.7, 0.72, 0.9, 0.97, 1.05, 1.12, 1.4, 1.6, 2.1, 3.6, 4.3, 5.7]


def grid(value, bits):
    """The nearest multiple of 2^-bits: exact in float32, and so is the difference of two of them."""
    return round(value * 2**bits) / 2**bits


def grow(name, description, prompts, ratios, seed, near=False):
    """Lays the trees out: token u of the unique target tokens has logprobs[u] and so on; tool tokens are no targets and have no index."""
    rng = random.Random(seed)
    segments, trajectories = [], []
    old, reference, entropies, log_ratios = [], [], [], []

    def visit(node, parent, path, targets, length, prompt, rewards):
        kind, size, children = node
        segment = {"id": len(segments), "parent": parent, "kind": kind, "tokens": size, "first_target": None}
        segments.append(segment)
        if kind == M:
            segment["first_target"] = len(old)
            targets = targets + list(range(len(old), len(old) + size))
            for _ in range(size):
                log_ratio = grid(rng.uniform(-0.004, 0.004), 16) if near else grid(math.log(rng.choice(ratios)) + rng.uniform(-0.005, 0.005), 10)
                log_ratios.append(log_ratio)
                old.append(grid(-rng.uniform(0.05, 2.2) - max(0, log_ratio), 10))
                reference.append(grid(old[-1] + rng.gauss(0, 0.3), 10))
                entropies.append(grid(rng.uniform(0.02, 2.5), 10))
        path, length = path + [segment["id"]], length + size
        for child in children:
            visit(child, segment["id"], path, targets, length, prompt, rewards)
        if not children:
            trajectories.append({"prompt": prompt, "segments": path, "targets": targets, "response_tokens": length, "reward": rewards.pop(0)})

    for prompt, (roots, rewards) in enumerate(prompts):
        left = list(rewards)
        segments.append({"id": len(segments), "parent": None, "kind": "prompt", "tokens": rng.randint(2, 6), "first_target": None})
        root = segments[-1]["id"]
        for node in roots:
            visit(node, root, [root], [], 0, prompt, left)

    if near:
        # The last token, which no other trajectory shares, sets the mean log-ratio: below, inside and above 1 - 3e-4, 1 + 4e-4.
        means = [8e-4, -7e-4, 1e-4, 1.1e-3, -9e-4, -1e-4, 6e-4, -5e-4]
        for i, trajectory in enumerate(trajectories):
            targets = trajectory["targets"]
            log_ratios[targets[-1]] = grid(len(targets) * means[i % len(means)] - sum(log_ratios[u] for u in targets[:-1]), 16)
    if name == "clipped":
        reference[1] = old[1] + log_ratios[1] + 3.25  # k3 = e^3.25 - 4.25 is above 10, where verl clamps it
    logprobs = [o + d for o, d in zip(old, log_ratios, strict=True)]
    return {
        "name": name,
        "description": description,
        "segments": segments,
        "trajectories": trajectories,
        "logprobs": logprobs,
        "old_logprobs": old,
        "reference_logprobs": reference,
        "entropies": entropies,
    }


# --- Advantages: one tensor per trajectory with a value per target, None for a trajectory that takes no part ------------------------------------


def groups_of(trajectories, live):
    groups = {}
    for i in live:
        groups.setdefault(trajectories[i]["prompt"], []).append(i)
    return list(groups.values())


def taking_part(batch, drop_zero_variance):
    """Indices of the trajectories that have a reward; without groups of equal rewards if these are dropped."""
    trajectories = batch["trajectories"]
    scored = [i for i, t in enumerate(trajectories) if t["reward"] is not None]
    keep = [g for g in groups_of(trajectories, scored) if not drop_zero_variance or len({trajectories[i]["reward"] for i in g}) > 1]
    return sorted(i for g in keep for i in g)


def normalised(values, std):
    """Value minus mean, over std (ddof 1) + 1e-6 where asked for."""
    x = torch.tensor(values)
    return ((x - x.mean()) / (x.std() + STD_EPSILON) if std else x - x.mean()).tolist()


def group_relative(batch, live, rewards, std):
    """GRPO (2402.03300; std as verl compute_grpo_outcome_advantage); without std Dr. GRPO (2503.20783)."""
    result = {}
    for group in groups_of(batch["trajectories"], live):
        result.update(zip(group, normalised([rewards[i] for i in group], std), strict=True))
    return result


def leave_one_out(batch, live, rewards):
    """RLOO (2402.14740): the reward minus the mean reward of the other trajectories of the prompt."""
    result = {}
    for group in groups_of(batch["trajectories"], live):
        total = sum(rewards[i] for i in group)
        result.update({i: rewards[i] - (total - rewards[i]) / (len(group) - 1) for i in group})
    return result


def spread(batch, live, per_trajectory):
    """The same advantage at each target of a trajectory."""
    return {i: torch.full((len(batch["trajectories"][i]["targets"]),), per_trajectory[i]) for i in live}


def hard(batch, live, per_trajectory):
    """ARPO (2507.19849) hard attribution: a shared token has the mean advantage of the trajectories through it."""
    through = {}
    for i in live:
        for u in batch["trajectories"][i]["targets"]:
            through.setdefault(u, []).append(per_trajectory[i])
    mean = {u: sum(a) / len(a) for u, a in through.items()}
    return {i: torch.tensor([mean[u] for u in batch["trajectories"][i]["targets"]]) for i in live}


def k1(batch, i):
    """KL of the policy that sampled to the reference, per token: log pi_old - log pi_ref (verl apply_kl_penalty, TRL RLOO, OpenRLHF)."""
    targets = batch["trajectories"][i]["targets"]
    return [batch["old_logprobs"][u] - batch["reference_logprobs"][u] for u in targets]


def to_go(batch, live, rewards, coefficient, reset_at_tools=False):
    """Undiscounted return-to-go of (reward at the end - coefficient k1). verl multiplies the running return by the response mask, which is 0 at tool
    tokens: there, `reset_at_tools`, only a trajectory's last turn sees the reward."""
    result = {}
    for i in live:
        trajectory, penalties = batch["trajectories"][i], k1(batch, i)
        turn_of = turns(batch, i)
        running, values = rewards[i], []
        for t in reversed(range(len(penalties))):
            if reset_at_tools and t + 1 < len(penalties) and turn_of[t] != turn_of[t + 1]:
                running = 0.0
            running -= coefficient * penalties[t]
            values.append(running)
        assert len(values) == len(trajectory["targets"])
        result[i] = torch.tensor(values[::-1])
    return result


def turns(batch, i):
    """For each target of trajectory i the turn it belongs to: model segments between two tool results."""
    result, turn = [], 0
    for s in batch["trajectories"][i]["segments"]:
        segment = batch["segments"][s]
        if segment["kind"] == T:
            turn += 1
        elif segment["kind"] == M:
            result += [turn] * segment["tokens"]
    return result


def whitened(values, normalisation):
    """REINFORCE++ (2501.03262): normalised over all copied tokens of the batch. verl: variance with ddof 1, plus 1e-8; OpenRLHF: ddof 0, at least 1e-8."""
    flat = torch.cat(list(values.values()))
    if normalisation == "verl":
        scale = torch.rsqrt(flat.var() + WHITEN_EPSILON)
    else:
        scale = torch.rsqrt(flat.var(correction=0).clamp(min=WHITEN_EPSILON))
    return {i: (v - flat.mean()) * scale for i, v in values.items()}


def entropy_aware(batch, live, advantages, weight):
    """AEPO (2510.14545), compute_policy_loss_entropy_balanced_clipping: A (1 + 0.2 z), z = the entropy normalised (ddof 1) over all copied tokens."""
    entropies = {i: torch.tensor([batch["entropies"][u] for u in batch["trajectories"][i]["targets"]]) for i in live}
    flat = torch.cat(list(entropies.values()))
    return {i: advantages[i] * (1 + weight * (entropies[i] - flat.mean()) / flat.std()) for i in live}


def gigpo(batch, live, steps, gamma, weight, std, statistics):
    """GiGPO (2505.10978; verl-agent gigpo/core_gigpo.py): A = A_episode + weight A_step. A step is one turn; its anchor state is given.
    Episode: the sum of the step rewards relative to the group. verl-agent counts a trajectory once per step in mean and std ("steps"), the paper once
    ("trajectories"). Step: the discounted return relative to the steps of the same prompt with the same anchor state; 0 for a step alone."""
    trajectories = batch["trajectories"]
    episode = {i: sum(steps[i]["rewards"]) for i in live}
    episode_advantage, members, returns = {}, {}, {}
    for group in groups_of(trajectories, live):
        counts = {i: len(steps[i]["rewards"]) if statistics == "steps" else 1 for i in group}
        x = torch.tensor([episode[i] for i in group for _ in range(counts[i])])
        for i in group:
            centred = episode[i] - x.mean()
            episode_advantage[i] = float(centred / (x.std() + STD_EPSILON) if std else centred)
    for i in live:
        running = 0.0
        for s in reversed(range(len(steps[i]["rewards"]))):
            running = steps[i]["rewards"][s] + gamma * running
            returns[i, s] = running
            members.setdefault((trajectories[i]["prompt"], steps[i]["anchor_states"][s]), []).append((i, s))
    step_advantage = {}
    for group in members.values():
        values = normalised([returns[key] for key in group], std) if len(group) > 1 else [0.0]
        step_advantage.update(zip(group, values, strict=True))
    total = {i: torch.tensor([episode_advantage[i] + weight * step_advantage[i, s] for s in turns(batch, i)]) for i in live}
    per_step = {name: [[value[i, s] for s in range(len(steps[i]["rewards"]))] for i in live] for name, value in (("step_returns", returns), ("step_advantages", step_advantage))}
    return total, {"episode_advantages": [episode_advantage[i] for i in live], **per_step}


# --- Objectives: a term per copied token (or per trajectory), to be minimised -------------------------------------------------------------------


def clipped_term(ratio, low_clipped, a, o):
    """max(-A r, -A clip(r)) (2402.03300, from PPO 1707.06347); for A < 0 at most -A dual_clip (1912.09729)."""
    term = torch.maximum(-a * ratio, -a * low_clipped)
    if o.get("dual_clip") is not None:
        term = torch.where(a < 0, torch.minimum(term, -a * o["dual_clip"]), term)
    return term


def clamp(ratio, o):
    return torch.clamp(ratio, 1 - o["clip_low"] if o["clip_low"] is not None else None, 1 + o["clip_high"])


def ppo(lp, frozen, old, a, o):
    ratio = torch.exp(lp - old)
    return clipped_term(ratio, clamp(ratio, o), a, o)


def aepo(lp, frozen, old, a, o):
    """AEPO's clip: the upper bound is (1 + clip_high) r / sg[r], so that its value stays 1 + clip_high and its gradient is 1 + clip_high, not 0."""
    ratio, constant = torch.exp(lp - old), torch.exp(frozen - old)
    upper = (1 + o["clip_high"]) * ratio / constant
    bounded = torch.where(constant > 1 + o["clip_high"], upper, torch.clamp(ratio, min=1 - o["clip_low"]))
    return clipped_term(ratio, bounded, a, o)


def cispo(lp, frozen, old, a, o):
    """CISPO (2506.13585; verl compute_policy_loss_cispo): -sg[clip(r)] A log pi."""
    return -clamp(torch.exp(frozen - old), o) * a * lp


def gspo(lp, frozen, old, a, o):
    """GSPO (2507.18071 eq. 5): one ratio per trajectory, exp of the mean log-ratio; one term per trajectory."""
    ratio = torch.exp((lp - old).mean())
    return clipped_term(ratio, clamp(ratio, o), a[:1], o)


def gspo_token(lp, frozen, old, a, o):
    """GSPO-token (2507.18071 eq. 13, 14; verl compute_policy_loss_gspo): s_t = sg[s] pi / sg[pi], with an advantage per token."""
    ratio = torch.exp((frozen - old).mean()) * torch.exp(lp - frozen)
    return clipped_term(ratio, clamp(ratio, o), a, o)


def reinforce(lp, frozen, old, a, o):
    """REINFORCE with a baseline: -A log pi (RLOO 2402.14740; verl compute_policy_loss_reinforce)."""
    return -a * lp


def ppo_sequence(lp, frozen, old, a, o):
    """TRL RLOOTrainer: PPO's clip with one ratio per trajectory, exp of the summed log-ratio; one term per trajectory."""
    ratio = torch.exp((lp - old).sum())
    return clipped_term(ratio, clamp(ratio, o), a[:1], o)


OBJECTIVES = {f.__name__: f for f in (ppo, aepo, cispo, gspo, gspo_token, reinforce, ppo_sequence)}


def k3(lp, reference):
    """Schulman's k3 with verl's clamps (kl_penalty_forward)."""
    d = torch.clamp(reference - lp, -20, 20)
    return torch.clamp(torch.exp(d) - d - 1, -10, 10)


def aggregate(terms, batch, live, o):
    """One loss from the terms of the trajectories."""
    mode = o["aggregation"]
    if mode == "token_mean":  # verl token-mean; DAPO's code
        return torch.cat(terms).mean()
    if mode == "group_token_mean":  # DAPO's and CISPO's formulas to the letter: the token mean of each prompt, then the mean over prompts
        at = dict(zip(live, terms, strict=True))
        return torch.stack([torch.cat([at[i] for i in g]).mean() for g in groups_of(batch["trajectories"], live)]).mean()
    if mode == "sequence_mean":  # GRPO's paper, GSPO: mean over a trajectory's tokens, then over trajectories
        return torch.stack([t.mean() for t in terms]).mean()
    if mode == "sequence_sum":  # RLOO: sum over a trajectory's tokens, mean over trajectories
        return torch.stack([t.sum() for t in terms]).mean()
    if mode == "sum_over_constant":  # Dr. GRPO; TRL loss_type dr_grpo: sum / (trajectories * max_response_tokens)
        return torch.stack([t.sum() for t in terms]).mean() / o["max_response_tokens"]
    if mode == "sum_over_constant_verl":  # verl seq-mean-token-sum-norm: despite its name no mean over trajectories
        return torch.stack([t.sum() for t in terms]).sum() / o["max_response_tokens"]
    raise ValueError(mode)


# --- An example: advantages, loss, gradient, metrics ------------------------------------------------------------------------------------------------


def central_differences(function, x, step=1e-6):
    result = []
    for u in range(len(x)):
        up, down = x.clone(), x.clone()
        up[u] += step
        down[u] -= step
        result.append(float(function(up) - function(down)) / (2 * step))
    return torch.tensor(result)


def gradient_of(function, values):
    """Autograd's gradient, checked against central differences."""
    variables = torch.tensor(values, requires_grad=True)
    loss = function(variables)
    loss.backward()
    worst = float((variables.grad - central_differences(function, torch.tensor(values))).abs().max())
    assert worst < 1e-8, worst
    differences.append(worst)
    return float(loss.detach()), variables.grad.tolist()


def check_margins(ratios, o):
    """No ratio may be near a bound, so that float32 decides as float64 does."""
    bounds = [o.get("dual_clip"), 1 + o["clip_high"], None if o["clip_low"] is None else 1 - o["clip_low"]]
    for bound in (b for b in bounds if b is not None):
        gap = min(abs(float(r) - bound) for r in ratios)
        assert gap > min(0.01, 0.1 * o["clip_high"]), (gap, bound)


def example(method, batch, advantages, objective, o, note, extra=None, per_token=False):
    """`advantages`: per trajectory taking part a tensor over its targets. per_token: write them per token instead of per trajectory."""
    live = sorted(advantages)
    trajectories = batch["trajectories"]
    index = {i: torch.tensor(trajectories[i]["targets"]) for i in live}
    frozen, old, reference = (torch.tensor(batch[k]) for k in ("logprobs", "old_logprobs", "reference_logprobs"))
    coefficient = o.get("kl_coefficient", 0.0)

    def parts(lp):
        terms = [OBJECTIVES[objective](lp[index[i]], frozen[index[i]], old[index[i]], advantages[i], o) for i in live]
        kl = [k3(lp[index[i]], reference[index[i]]) for i in live]
        return aggregate(terms, batch, live, o), aggregate(kl, batch, live, o)

    def loss_of(lp):
        pg, kl = parts(lp)
        return pg + coefficient * kl if coefficient else pg

    loss, gradient = gradient_of(loss_of, batch["logprobs"])
    pg_loss, kl_loss = (float(x) for x in parts(frozen))

    # Metrics over the copied tokens of the trajectories that take part.
    a = torch.cat([advantages[i] for i in live])
    drift = torch.cat([frozen[index[i]] - old[index[i]] for i in live])
    sequence_ratios = None
    if objective in ("gspo", "gspo_token", "ppo_sequence"):
        reduce = torch.sum if objective == "ppo_sequence" else torch.mean
        per_trajectory = [torch.exp(reduce(frozen[index[i]] - old[index[i]])) for i in live]
        sequence_ratios = [float(s) for s in per_trajectory]
        ratio = torch.cat([s.expand(len(index[i])) for i, s in zip(live, per_trajectory, strict=True)])
    else:
        ratio = torch.exp(drift)
    metrics = {"kl_to_old": float(-drift.mean()), "ratio_max": float(ratio.max())}
    if objective != "reinforce":
        check_margins(ratio, o)
        if objective == "cispo":
            clipped = clamp(ratio, o) != ratio  # verl counts every ratio that the clip changes, for either sign of A
        else:
            clipped = -a * clamp(ratio, o) > -a * ratio
        metrics["clip_fraction"] = float(clipped.double().mean())
        if o.get("dual_clip") is not None:
            dual = (a < 0) & (torch.maximum(-a * ratio, -a * clamp(ratio, o)) > -a * o["dual_clip"])
            metrics["dual_clip_fraction"] = float(dual.double().mean())
        if sequence_ratios and not per_token:
            of_trajectories = [bool(c) for c in clipped[torch.tensor([sum(len(index[j]) for j in live if j < i) for i in live])]]
            metrics["sequence_clip_fraction"] = sum(of_trajectories) / len(live)
    if batch["name"] == "clipped" and objective == "ppo" and not per_token:
        signs = {(bool(x > 0), bool(r > 1)) for x, r in zip(a, ratio, strict=True) if r > 1.3 or r < 0.75}
        assert len(signs) == 4 and 0 < metrics["clip_fraction"] < 1

    def per_trajectory(values):
        return [values.get(i) for i in range(len(trajectories))]

    examples.append(
        {
            "method": method,
            "batch": batch["name"],
            "objective": objective,
            "options": o,
            "note": note,
            "advantages": None if per_token else per_trajectory({i: float(advantages[i][0]) for i in live}),
            "token_advantages": per_trajectory({i: advantages[i].tolist() for i in live}) if per_token else None,
            "loss": loss,
            "pg_loss": pg_loss,
            "kl_loss": kl_loss if coefficient else None,
            "gradient": gradient,
            "metrics": metrics,
            "sequence_ratios": None if sequence_ratios is None else per_trajectory(dict(zip(live, sequence_ratios, strict=True))),
            **({k: v if k in ("steps", "shaped_rewards") else per_trajectory(dict(zip(live, v, strict=True))) for k, v in (extra or {}).items()}),
        }
    )
    return examples[-1]


def overlong_paper(length, max_tokens, cache_tokens):
    """DAPO (2503.14476 eq. 13): 0 up to max - cache, then linearly down to -1 at max, -1 above."""
    start = max_tokens - cache_tokens
    return 0.0 if length <= start else -1.0 if length > max_tokens else (start - length) / cache_tokens


def overlong_verl(length, max_tokens, cache_tokens):
    """verl reward_manager/dapo.py with penalty_factor 1: the same without the floor, as no response of verl is longer than max."""
    return min(-(length - (max_tokens - cache_tokens)) / cache_tokens, 0.0)


def rewards_of(batch):
    return {i: t["reward"] for i, t in enumerate(batch["trajectories"]) if t["reward"] is not None}


def group_examples():
    """grpo, dr_grpo, dapo, cispo, aepo: an advantage per trajectory relative to its group, and terms per token."""
    for batch in FAR:
        for drop in (False, True) if batch["name"] == "zero_masked" else (False,):
            live, rewards = taking_part(batch, drop), rewards_of(batch)
            zero = {"zero_variance": "drop" if drop else "keep"}
            grpo = group_relative(batch, live, rewards, std=True)
            soft = spread(batch, live, grpo)
            symmetric = {"clip_low": 0.2, "clip_high": 0.2, **zero}
            example("grpo", batch, soft, "ppo", {**symmetric, "dual_clip": 3.0, "aggregation": "token_mean"}, "verl's default")
            if not drop:
                example("grpo", batch, soft, "ppo", {**symmetric, "dual_clip": None, "aggregation": "token_mean"}, "without dual clip")
                kl = {"dual_clip": 3.0, "kl_coefficient": 0.05, "aggregation": "token_mean"}
                example("grpo", batch, soft, "ppo", {**symmetric, **kl}, "verl with use_kl_loss, low_var_kl")
            paper = {**symmetric, "dual_clip": None, "kl_coefficient": 0.04, "aggregation": "sequence_mean"}
            example("grpo", batch, soft, "ppo", paper, "the paper: mean over a trajectory's tokens, then over trajectories; KL 0.04")
            if batch["name"] != "separate" and not drop:
                o = {**symmetric, "dual_clip": 3.0, "aggregation": "token_mean", "credit": "hard"}
                example("grpo", batch, hard(batch, live, grpo), "ppo", o, "ARPO's hard attribution", per_token=True)
                o = {**symmetric, "dual_clip": None, "aggregation": "sequence_mean", "credit": "hard"}
                example("grpo", batch, hard(batch, live, grpo), "ppo", o, "ARPO's hard attribution", per_token=True)

            plain = spread(batch, live, group_relative(batch, live, rewards, std=False))
            o = {**symmetric, "dual_clip": None, "max_response_tokens": 64, "aggregation": "sum_over_constant"}
            example("dr_grpo", batch, plain, "ppo", o, "the paper's code and TRL: also divided by the number of trajectories")
            if not drop:
                o = {**o, "dual_clip": 3.0, "aggregation": "sum_over_constant_verl"}
                example("dr_grpo", batch, plain, "ppo", o, "verl: not divided by the number of trajectories; dual clip")

            wide = {"clip_low": 0.2, "clip_high": 0.28, **zero}
            example("dapo", batch, soft, "ppo", {**wide, "dual_clip": None, "aggregation": "token_mean"}, "token mean over the batch")
            example("dapo", batch, soft, "ppo", {**wide, "dual_clip": None, "aggregation": "group_token_mean"}, "the formula to the letter: token mean of each prompt")
            if batch["name"] == "clipped":
                example("dapo", batch, soft, "ppo", {**wide, "dual_clip": 3.0, "aggregation": "token_mean"}, "verl's recipe: dual clip stays on")
            if batch["name"] == "shared":
                lengths = {"max_tokens": 12, "cache_tokens": 8}
                shaped = {i: rewards[i] + overlong_paper(batch["trajectories"][i]["response_tokens"], **lengths) for i in live}
                advantages = spread(batch, live, group_relative(batch, live, shaped, std=True))
                o = {**wide, "dual_clip": None, "aggregation": "token_mean", "overlong": lengths}
                example("dapo", batch, advantages, "ppo", o, "overlong penalty added to the reward first", {"shaped_rewards": [shaped.get(i) for i in range(len(batch["trajectories"]))]})

            open_low = {"clip_low": None, "clip_high": 0.28, **zero}
            example("cispo", batch, soft, "cispo", {**open_low, "aggregation": "token_mean"}, "no lower bound, as the paper's runs")
            if not drop:
                example("cispo", batch, soft, "cispo", {**open_low, "aggregation": "group_token_mean"}, "the formula to the letter: token mean of each prompt")
            if batch["name"] == "clipped":
                example("cispo", batch, soft, "cispo", {**open_low, "clip_high": 4.0, "aggregation": "token_mean"}, "TRL: clamp(r, max = epsilon_high = 5)")
                example("cispo", batch, soft, "cispo", {**wide, "aggregation": "token_mean"}, "verl with both bounds")

            if not drop:
                o = {**symmetric, "dual_clip": 3.0, "entropy_weight": 0.2, "aggregation": "token_mean"}
                aware = entropy_aware(batch, live, soft, 0.2)
                example("aepo", batch, aware, "aepo", o, "entropy-aware advantage and gradient-keeping clip", per_token=True)
                example("aepo", batch, soft, "aepo", {**o, "entropy_weight": 0.0}, "the clip alone: what the released scripts do, as entropy_coeff 0 leaves entropy None")
                if batch["name"] == "shared":
                    example("aepo", batch, aware, "ppo", o, "the advantage alone, with PPO's clip", per_token=True)


def gspo_examples():
    for batch in NEAR:
        for drop in (False, True) if batch["name"] == "near_zero_masked" else (False,):
            live = taking_part(batch, drop)
            advantages = spread(batch, live, group_relative(batch, live, rewards_of(batch), std=True))
            o = {"clip_low": 3e-4, "clip_high": 4e-4, "dual_clip": None, "zero_variance": "drop" if drop else "keep", "aggregation": "sequence_mean"}
            a = example("gspo", batch, advantages, "gspo", o, "the paper's bounds")
            assert 0 < a["metrics"]["sequence_clip_fraction"] < 1
            if drop:
                continue
            b = example("gspo", batch, advantages, "gspo_token", o, "GSPO-token with equal advantages: the same loss and gradient as gspo")
            assert abs(a["loss"] - b["loss"]) < 1e-14 and max(abs(x - y) for x, y in zip(a["gradient"], b["gradient"], strict=True)) < 1e-14
            rng = random.Random(7)
            varied = {i: torch.tensor([grid(float(v) + rng.uniform(-0.6, 0.6), 10) for v in advantages[i]]) for i in live}
            example("gspo", batch, varied, "gspo_token", o, "GSPO-token with given advantages per token", per_token=True)


def reinforce_plus_plus_examples():
    for batch in FAR:
        live, rewards = taking_part(batch, False), rewards_of(batch)
        o = {"clip_low": 0.2, "clip_high": 0.2, "dual_clip": None, "aggregation": "token_mean"}
        for coefficient in (0.0, 0.05):
            for normalisation in ("verl", "openrlhf") if coefficient else ("verl",):
                options = {**o, "reward_kl_coefficient": coefficient, "normalisation": normalisation}
                returns = to_go(batch, live, rewards, coefficient)
                written = {"returns": [returns[i].tolist() for i in live]}
                example("reinforce++", batch, whitened(returns, normalisation), "ppo", options, "return-to-go, normalised over the batch", written if coefficient else None, per_token=True)
        baseline = group_relative(batch, live, rewards, std=False)
        options = {**o, "reward_kl_coefficient": 0.0, "normalisation": "verl"}
        example("reinforce++_baseline", batch, whitened(to_go(batch, live, baseline, 0.0), "verl"), "ppo", options, "reward minus the group's mean, then normalised over the batch", per_token=True)
        options = {**o, "reward_kl_coefficient": 0.05, "normalisation": "openrlhf"}
        returns = to_go(batch, live, baseline, 0.05)
        for normalisation in ("openrlhf", "verl"):
            example("reinforce++_baseline", batch, whitened(returns, normalisation), "ppo", {**options, "normalisation": normalisation, "kl": "to_go"}, "OpenRLHF: KL to go after the group's mean", {"returns": [returns[i].tolist() for i in live]}, per_token=True)
        if batch["name"] == "shared":
            penalised = {i: rewards[i] - 0.05 * sum(k1(batch, i)) for i in live}
            baseline = spread(batch, live, group_relative(batch, live, penalised, std=False))
            options = {**o, "reward_kl_coefficient": 0.05, "normalisation": "verl"}
            example("reinforce++_baseline", batch, whitened(baseline, "verl"), "ppo", options, "verl: the summed KL is part of the reward before the group's mean", per_token=True)
            returns = to_go(batch, live, rewards, 0.05, reset_at_tools=True)
            note = "verl to the letter: the response mask resets the return at tool tokens, so that only the last turn sees the reward"
            example("reinforce++", batch, whitened(returns, "verl"), "ppo", {**options, "reset_at_tools": True}, note, {"returns": [returns[i].tolist() for i in live]}, per_token=True)


def rloo_examples():
    for batch in FAR:
        live, rewards = taking_part(batch, False), rewards_of(batch)
        clip = {"clip_low": 0.2, "clip_high": 0.2, "dual_clip": None}
        for coefficient in (0.0, 0.05):
            penalised = {i: rewards[i] - coefficient * sum(k1(batch, i)) for i in live}
            advantages = spread(batch, live, leave_one_out(batch, live, penalised))
            o = {"reward_kl_coefficient": coefficient}
            shaped = {"shaped_rewards": [penalised.get(i) for i in range(len(batch["trajectories"]))]}
            example("rloo", batch, advantages, "reinforce", {**o, "aggregation": "sequence_sum"}, "the paper: log pi of the whole trajectory times A", shaped)
            if coefficient:
                example("rloo", batch, advantages, "ppo_sequence", {**o, **clip, "aggregation": "sequence_mean"}, "TRL: clip of the trajectory's ratio", shaped)
                example("rloo", batch, advantages, "ppo", {**o, **clip, "aggregation": "token_mean"}, "PPO's clip per token, token mean", shaped)
        if batch["name"] == "shared":
            returns = to_go(batch, live, leave_one_out(batch, live, rewards), 0.05)
            o = {"reward_kl_coefficient": 0.05, **clip, "aggregation": "token_mean"}
            example("rloo", batch, returns, "ppo", o, "OpenRLHF: KL to go, after the leave-one-out baseline", per_token=True)


def gigpo_examples():
    for batch in FAR[:3]:
        live = taking_part(batch, False)
        # Each model segment is a step. Its anchor state and its reward belong to the segment, so that a shared step is the same in all its
        # trajectories; the first step of every trajectory of a prompt has one state, later states recur or occur once.
        rng = random.Random(11)
        state = {s["id"]: rng.choice(["a", "b", f"alone-{s['id']}"]) for s in batch["segments"]}
        inner = {s["id"]: rng.choice([0.0, 0.0, -0.125]) for s in batch["segments"]}
        steps = []
        for trajectory in batch["trajectories"]:
            model = [s for s in trajectory["segments"] if batch["segments"][s]["kind"] == M]
            states, step_rewards = ["start"] + [state[s] for s in model[1:]], [inner[s] for s in model[:-1]]
            steps.append(None if trajectory["reward"] is None else {"anchor_states": states, "rewards": step_rewards + [trajectory["reward"]]})
        sparse = [s and {**s, "rewards": [0.0] * (len(s["rewards"]) - 1) + s["rewards"][-1:]} for s in steps]
        variants = [(steps, True, "steps", 1.0), (sparse, False, "trajectories", 0.5)]
        if batch["name"] == "shared":
            variants += [(steps, True, "trajectories", 1.0), (steps, False, "steps", 1.0)]
        for given, std, statistics, weight in variants:
            advantages, parts = gigpo(batch, live, given, 0.95, weight, std, statistics)
            o = {"clip_low": 0.2, "clip_high": 0.2, "dual_clip": 3.0, "aggregation": "token_mean", "gamma": 0.95, "step_weight": weight, "std": std, "episode_statistics": statistics}
            note = "verl-agent" if statistics == "steps" else "the paper: a trajectory counts once in the episode's mean and std"
            example("gigpo", batch, advantages, "ppo", o, note, {"steps": given, **parts}, per_token=True)


def dpo_examples():
    """DPO (2305.18290 eq. 7; TRL DPOTrainer, loss_type sigmoid): -log sigmoid(beta (log-ratio of chosen - log-ratio of rejected)), mean over pairs; alpha times the mean -log pi of the
    chosen tokens beside it (2404.19733)."""
    layouts = {
        "separate": [(5, 4, 0), (3, 7, 0), (6, 6, 0)],
        "shared_prefix": [(5, 3, 4), (2, 6, 1), (4, 4, 0)],
        "far_apart": [(6, 5, 0), (5, 6, 2)],
    }
    for seed, (name, sizes) in enumerate(layouts.items()):
        rng = random.Random(100 + seed)
        logprobs, reference, pairs = [], [], []

        def tokens(count, shift):
            first = len(logprobs)
            for _ in range(count):
                reference.append(grid(-rng.uniform(4, 6) if name == "far_apart" else -rng.uniform(0.3, 3), 12))
                logprobs.append(grid(min(-0.01, reference[-1] + rng.gauss(shift, 0.3)), 12))
            return list(range(first, first + count))

        for p, (chosen, rejected, shared) in enumerate(sizes):
            # far_apart: the first pair is decided (sigmoid near 1), the second one is the wrong way round (near 0).
            shift = (3.9 if p == 0 else -4.5) if name == "far_apart" else 0.2 if p % 2 == 0 else -0.2
            prefix = tokens(shared, 0.0)
            pairs.append({"chosen": prefix + tokens(chosen, shift), "rejected": prefix + tokens(rejected, -shift)})
        for beta, smoothing, alpha in ((0.1, 0.0, 0.0), (0.5, 0.0, 0.0), (0.1, 0.1, 0.0), (0.1, 0.0, 1.0), (0.5, 0.1, 0.3)):
            ref = torch.tensor(reference)

            def rewards(lp, side):
                return torch.stack([beta * (lp[torch.tensor(p[side])] - ref[torch.tensor(p[side])]).sum() for p in pairs])

            def nll_of(lp):
                return torch.stack([-lp[torch.tensor(p["chosen"])].mean() for p in pairs])

            def losses_of(lp):
                margin = rewards(lp, "chosen") - rewards(lp, "rejected")
                better, worse = torch.nn.functional.logsigmoid(margin), torch.nn.functional.logsigmoid(-margin)
                return -(1 - smoothing) * better - smoothing * worse + alpha * nll_of(lp)

            def loss_of(lp):
                return losses_of(lp).mean()

            loss, gradient = gradient_of(loss_of, logprobs)
            lp = torch.tensor(logprobs)
            chosen, rejected = rewards(lp, "chosen"), rewards(lp, "rejected")
            dpo.append(
                {
                    "name": name,
                    "beta": beta,
                    "label_smoothing": smoothing,
                    "rpo_alpha": alpha,
                    "pairs": pairs,
                    "logprobs": logprobs,
                    "reference_logprobs": reference,
                    "loss": loss,
                    "losses": losses_of(lp).tolist(),
                    "chosen_nll": nll_of(lp).tolist(),
                    "chosen_rewards": chosen.tolist(),
                    "rejected_rewards": rejected.tolist(),
                    "margins": (chosen - rejected).tolist(),
                    "accuracy": float((chosen > rejected).double().mean()),
                    "gradient": gradient,
                }
            )


FAR = [
    grow("separate", "no shared tokens", SEPARATE, MIXED, 1),
    grow("shared", "prefixes of unequal lengths", SHARED, MIXED, 20),
    grow("zero_masked", "a group of equal rewards, a masked trajectory", ZERO_MASKED, MIXED, 3),
    grow("clipped", "ratios from 0.35 to 5.7, far outside the bounds on both sides", CLIPPED, WILD, 4),
]
NEAR = [
    grow("near_separate", "as separate, mean log-ratios about 1e-4 to 1e-3", SEPARATE, None, 5, near=True),
    grow("near_shared", "as shared, mean log-ratios about 1e-4 to 1e-3", SHARED, None, 6, near=True),
    grow("near_zero_masked", "as zero_masked, mean log-ratios about 1e-4 to 1e-3", ZERO_MASKED, None, 7, near=True),
]
examples, dpo, differences = [], [], []


def main():
    group_examples()
    gspo_examples()
    reinforce_plus_plus_examples()
    rloo_examples()
    gigpo_examples()
    dpo_examples()
    overlong = {"max_tokens": 100, "cache_tokens": 20, "rows": []}
    for length in (0, 1, 79, 80, 81, 85, 90, 99, 100, 101, 120, 200):
        overlong["rows"].append({"length": length, "paper": overlong_paper(length, 100, 20), "verl": overlong_verl(length, 100, 20)})
    data = {"batches": FAR + NEAR, "examples": examples, "dpo": dpo, "overlong": overlong}

    # One value per line would be long and one line unreadable: a line for each batch and example.
    def lines(items):
        return "[\n" + ",\n".join(json.dumps(item, separators=(",", ":"), allow_nan=False) for item in items) + "\n]"

    text = "{\n" + ",\n".join(f'"{k}": {lines(v) if isinstance(v, list) else json.dumps(v, separators=(",", ":"))}' for k, v in data.items()) + "\n}\n"
    path = Path(__file__).parent.parent / "family.json"
    path.write_text(text)
    print(f"{len(examples)} examples, {len(dpo)} of dpo, {len(text)} bytes; worst gradient against central differences {max(differences):.1e}")


main()

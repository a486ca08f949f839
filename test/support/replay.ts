/**
 * Optimiser updates computed again from what is stored of them, as docs/replay.md has it. Each trajectory, and each answer of a pair, is a sequence of its own
 * here, and advantages and losses are the formulas of the papers, token by token. Of the trainer nothing is used, of the engine the passes and AdamW.
 */
import { AdamW, clipGlobalNorm, linearised, packTrees, type Policy } from '../../src/engine/index.js';
import type { TrainerMessage, TrainingExample, UpdateRecord } from '../../src/protocol/messages.js';
import type { PolicyRunSpec, SupervisedRunSpec } from '../../src/spec/run-spec.js';
import type { Renderer, TokenSpan } from '../../src/trainer/model/render.js';
import type { Told } from './trainer-peer.js';

type StoredTree = Extract<TrainerMessage, { type: 'tree' }> & { arrays: Record<string, ArrayLike<number>> };

/** A token that the policy wrote, in one of the trajectories through it. */
interface Token {
  segment: number;
  /** Its place in the segment. */
  k: number;
  old: number;
  entropy: number;
  advantage: number;
  /** NaN where the record has none. */
  reference: number;
}

/** A trajectory that takes part, as a sequence of its own. */
interface Copy {
  tree: StoredTree;
  reward: number;
  spans: { tokens: Int32Array; train: boolean }[];
  tokens: Token[];
  /** Of the whole response, tool results too. */
  responseTokens: number;
}

export interface Replayed {
  update: number;
  loss: number;
  gradNorm: number;
  /** The mean advantage of the trajectories through each token, in the order of the record. */
  advantages: number[];
}

/** Does all updates of a policy run again, and leaves `policy` as the run left its own. */
export async function replayPolicyRun(policy: Policy, spec: PolicyRunSpec, told: Told): Promise<Replayed[]> {
  const trees = told.all('tree').map((tree, i): StoredTree => ({ ...tree, arrays: told.arraysOf('tree')[i]! }));
  const optimizer = optimizerOf(policy, spec);
  const replayed: Replayed[] = [];
  for (const [i, { step, updates }] of told.all('step').entries()) {
    const arrays = told.arraysOf('step')[i]!;
    const copies = trees.filter((tree) => tree.step === step).flatMap(copiesOf);
    for (const { update, segments } of updates) {
      const references = arrays[`${update}/reference_logprobs`];
      if (references) setReferences(copies, segments, references);
    }
    setAdvantages(copies, spec);
    for (const record of updates) {
      const taking = copies.filter(({ tree }) => record.trees.includes(tree.tree));
      const sequences = taking.map(({ spans }) => spans);
      const stepped = await stepOf(policy, optimizer, { sequences, spec, record }, (logprobs) =>
        taking.flatMap((copy, c) => policyLosses(copy, logprobs[c]!, spec, record.loss_denominator)),
      );
      replayed.push({ ...stepped, advantages: meanAdvantages(taking, record) });
    }
  }
  return replayed;
}

/** Does all updates of a supervised run again. @param reference of a method that has one */
export async function replaySupervisedRun(
  policy: Policy,
  reference: Policy,
  spec: SupervisedRunSpec,
  { told, examples, renderer }: { told: Told; examples: ReadonlyMap<number, TrainingExample>; renderer: Renderer },
): Promise<Omit<Replayed, 'advantages'>[]> {
  const optimizer = optimizerOf(policy, spec);
  const replayed: Omit<Replayed, 'advantages'>[] = [];
  for (const record of told.all('step').flatMap(({ updates }) => updates)) {
    const batch = record.examples!.map((index) => examples.get(index)!);
    const sequences = batch.flatMap((example) => renderedAs(spec, renderer, example)).map(spansOf);
    const frozen = spec.method === 'dpo' ? await logprobsOf(reference, sequences, 1) : [];
    const stepped = await stepOf(policy, optimizer, { sequences, spec, record }, (logprobs) =>
      spec.method === 'dpo'
        ? preferenceLosses(logprobs, frozen, spec.training)
        : logprobs.flatMap((own) =>
            own.map((logprob) => ({
              loss: -logprob / record.loss_denominator,
              slope: -1 / record.loss_denominator,
            })),
          ),
    );
    replayed.push(stepped);
  }
  return replayed;
}

/** A share of the loss, and d loss / d log p. */
interface TokenLoss {
  loss: number;
  slope: number;
}

async function stepOf(
  policy: Policy,
  optimizer: AdamW,
  {
    sequences,
    spec,
    record,
  }: { sequences: Copy['spans'][]; spec: PolicyRunSpec | SupervisedRunSpec; record: UpdateRecord },
  losses: (logprobs: number[][]) => TokenLoss[],
): Promise<Omit<Replayed, 'advantages'>> {
  const temperature = 'rollout' in spec ? spec.rollout.temperature : 1;
  const tokens = losses(await logprobsOf(policy, sequences, temperature));
  const values = {
    losses: Float32Array.from(tokens, ({ loss }) => loss),
    slopes: Float32Array.from(tokens, ({ slope }) => slope),
  };
  const { gradients } = await policy.gradient(packed(sequences), { objective: linearised, values, temperature });
  const gradNorm = clipGlobalNorm(gradients, spec.optimizer.max_grad_norm);
  optimizer.step(gradients, record.learning_rate);
  return { update: record.update, loss: sum(tokens.map(({ loss }) => loss)), gradNorm };
}

function optimizerOf(policy: Policy, { optimizer }: PolicyRunSpec | SupervisedRunSpec): AdamW {
  return new AdamW(policy.trained, { ...optimizer, weightDecay: optimizer.weight_decay });
}

function copiesOf(tree: StoredTree): Copy[] {
  const { segments, trajectories, arrays } = tree;
  return trajectories.flatMap(({ leaf, reward, advantage }): Copy[] => {
    if (advantage === null || reward === null) return [];
    const path: number[] = [];
    for (let at: number | null = leaf; at !== null; at = segments[at]!.parent) path.unshift(at);
    const spans = path.map((segment) => {
      const { kind, start, length } = segments[segment]!;
      const tokens = Int32Array.from({ length }, (_, k) => arrays['token_ids']![start + k]!);
      return { tokens, train: kind === 'model' };
    });
    const tokens = path.flatMap((segment) => {
      const { kind, start, length } = segments[segment]!;
      return Array.from({ length: kind === 'model' ? length : 0 }, (_, k): Token => ({
        segment,
        k,
        old: arrays['logprobs']![start + k]!,
        entropy: arrays['entropies']![start + k]!,
        advantage: NaN,
        reference: NaN,
      }));
    });
    return [{ tree, reward, spans, tokens, responseTokens: sum(spans.slice(1).map((span) => span.tokens.length)) }];
  });
}

function setReferences(copies: readonly Copy[], segments: UpdateRecord['segments'], all: ArrayLike<number>): void {
  const starts = new Map(segments.map(({ tree, segment, start }) => [`${tree}/${segment}`, start]));
  for (const { tree, tokens } of copies)
    for (const token of tokens) {
      const start = starts.get(`${tree.tree}/${token.segment}`);
      if (start !== undefined) token.reference = all[start + token.k]!;
    }
}

/** From the rewards of a step to the advantage of each token of each trajectory. */
function setAdvantages(copies: readonly Copy[], { advantage, rollout }: PolicyRunSpec): void {
  const isBatch = advantage.estimator === 'batch' || advantage.estimator === 'mean_then_batch';
  const beta = advantage.kl_coefficient;
  const cost = ({ old, reference }: Token) => (beta === 0 ? 0 : beta * (old - reference));
  for (const group of groupedBy(copies, ({ tree }) => tree)) {
    const rewards = group.map(({ reward, tokens, responseTokens }) => {
      const cache = advantage.overlong_tokens;
      const overlong = cache === null ? 0 : Math.min(0, (rollout.max_response_tokens - cache - responseTokens) / cache);
      return reward + Math.max(-1, overlong) - (isBatch ? 0 : sum(tokens.map(cost)));
    });
    group.forEach(({ tokens }, i) => {
      let toGo = compared(rewards, i, advantage.estimator);
      for (const token of tokens.toReversed()) {
        if (isBatch) toGo -= cost(token);
        token.advantage = toGo;
      }
    });
    if (advantage.step_weight !== null) addSteps(group, advantage);
  }
  const all = copies.flatMap(({ tokens }) => tokens);
  if (isBatch) {
    const { mean, std } = spread(all.map((token) => token.advantage));
    for (const token of all) token.advantage = (token.advantage - mean) / (std + 1e-6);
  }
  const { mean, std } = spread(all.map(({ entropy }) => entropy));
  for (const token of all) token.advantage *= 1 + (advantage.entropy_weight * (token.entropy - mean)) / std;
}

/** What the i-th of a group's rewards counts beside the others. */
function compared(rewards: readonly number[], i: number, estimator: PolicyRunSpec['advantage']['estimator']): number {
  const reward = rewards[i]!;
  if (estimator === 'batch') return reward;
  if (rewards.every((one) => one === reward)) return 0;
  const { mean, std } = spread(rewards);
  if (estimator === 'grpo') return (reward - mean) / (std + 1e-6);
  if (estimator === 'leave_one_out') return reward - (sum(rewards) - reward) / (rewards.length - 1);
  return reward - mean;
}

/** GiGPO: each step of a trajectory beside those of its group that have read the same before it. */
function addSteps(
  group: readonly Copy[],
  { step_weight: weight, step_discount: discount, estimator }: PolicyRunSpec['advantage'],
): void {
  const steps = group.flatMap(({ tree, reward, tokens }) => {
    const own = [...new Set(tokens.map(({ segment }) => segment))];
    return own.map((segment, t) => {
      const { kind, text } = tree.segments[tree.segments[segment]!.parent!]!;
      const written = tokens.filter((token) => token.segment === segment);
      return { state: `${kind}: ${text}`, value: reward * discount ** (own.length - 1 - t), written };
    });
  });
  for (const same of groupedBy(steps, ({ state }) => state)) {
    const values = same.map(({ value }) => value);
    same.forEach(({ written }, i) => {
      const added = values.length < 2 ? 0 : weight! * compared(values, i, estimator);
      for (const token of written) token.advantage += added;
    });
  }
}

/** The loss of a trajectory's tokens, each with its share of the mean. */
function policyLosses(
  { tokens }: Copy,
  logprobs: readonly number[],
  { method, training }: PolicyRunSpec,
  denominator: number,
): TokenLoss[] {
  const { clip_low, clip_high, dual_clip, epochs, mini_batch_prompts, prompts_per_step } = training;
  const [low, high] = [1 - clip_low, 1 + clip_high];
  const weight = training.loss_aggregation === 'sequence' ? 1 / (denominator * tokens.length) : 1 / denominator;
  const isOneUpdate = epochs === 1 && mini_batch_prompts === prompts_per_step;
  const ratios = tokens.map(({ old }, t) => Math.exp(logprobs[t]! - old));
  const sequenceRatio = Math.exp(sum(tokens.map(({ old }, t) => logprobs[t]! - old)) / tokens.length);
  return tokens.map(({ advantage: A, reference }, t) => {
    const logprob = logprobs[t]!;
    const policy = ((): TokenLoss => {
      if (method === 'rloo' && isOneUpdate) return { loss: -A * logprob, slope: -A };
      if (method === 'cispo') {
        const constant = -A * Math.min(Math.max(ratios[t]!, low), high);
        return { loss: constant * logprob, slope: constant };
      }
      const ratio = method === 'gspo' ? sequenceRatio : ratios[t]!;
      const clipped = -A * Math.min(Math.max(ratio, low), high);
      const worst = Math.max(-A * ratio, clipped);
      if (A < 0 && dual_clip !== null && worst > -A * dual_clip) return { loss: -A * dual_clip, slope: 0 };
      // Above the bound AEPO keeps (1 + high) A as the slope.
      if (-A * ratio < clipped) return { loss: clipped, slope: method === 'aepo' && A > 0 ? clipped : 0 };
      return { loss: -A * ratio, slope: -A * ratio };
    })();
    const beta = training.kl_coefficient;
    const { loss, slope } = beta === 0 ? { loss: 0, slope: 0 } : klLoss(reference - logprob);
    return { loss: weight * (policy.loss + beta * loss), slope: weight * (policy.slope + beta * slope) };
  });
}

/** e^d - d - 1, d = log π_ref - log π, which both are clipped, as in verl. */
function klLoss(d: number): TokenLoss {
  const estimate = Math.exp(d) - d - 1;
  if (Math.abs(d) > 20 || estimate > 10) return { loss: Math.min(10, estimate), slope: 0 };
  return { loss: estimate, slope: 1 - Math.exp(d) };
}

function meanAdvantages(copies: readonly Copy[], { segments }: UpdateRecord): number[] {
  return segments.flatMap(({ tree, segment, length }) => {
    const through = copies.filter((copy) => copy.tree.tree === tree).flatMap(({ tokens }) => tokens);
    return Array.from({ length }, (_, at) => {
      const same = through.filter((token) => token.segment === segment && token.k === at);
      return sum(same.map(({ advantage }) => advantage)) / same.length;
    });
  });
}

function renderedAs({ method }: SupervisedRunSpec, renderer: Renderer, example: TrainingExample): TokenSpan[][] {
  if (method === 'sft') return renderer.demonstrations(example.messages);
  const { prompt, answers } = renderer.responses(example.messages, [example.chosen!, example.rejected!]);
  return answers.map((answer) => [prompt, ...answer]);
}

const spansOf = (spans: readonly TokenSpan[]) => spans.map(({ kind, tokens }) => ({ tokens, train: kind === 'model' }));

/** Sequences in twos, a better answer and a worse one: the mean of -(1 - ε) log σ(margin) - ε log σ(-margin) + α (mean -log π of the better answer's tokens). */
function preferenceLosses(
  logprobs: readonly number[][],
  frozen: readonly number[][],
  { beta, label_smoothing: smoothing, rpo_alpha: alpha }: Extract<SupervisedRunSpec, { method: 'dpo' }>['training'],
): TokenLoss[] {
  const pairs = logprobs.length / 2;
  const reward = (s: number) => beta * (sum(logprobs[s]!) - sum(frozen[s]!));
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  return logprobs.flatMap((own, s) => {
    const sign = s % 2 === 0 ? 1 : -1;
    const margin = sign * (reward(s) - reward(s + sign));
    const loss = -(1 - smoothing) * Math.log(sigmoid(margin)) - smoothing * Math.log(sigmoid(-margin));
    const slope = smoothing * sigmoid(margin) - (1 - smoothing) * sigmoid(-margin);
    const likelihood = sign > 0 ? alpha / own.length / pairs : 0;
    // Half of a pair's loss by its margin lies with each answer.
    return own.map((logprob) => ({
      loss: loss / pairs / 2 / own.length - likelihood * logprob,
      slope: (sign * beta * slope) / pairs - likelihood,
    }));
  });
}

const packed = (sequences: readonly Copy['spans'][]) =>
  packTrees(
    sequences.map((spans) => ({ segments: spans.map((span, i) => ({ parent: i === 0 ? null : i - 1, ...span })) })),
  );

/** Of the tokens that are learnt of each sequence. */
async function logprobsOf(
  policy: Policy,
  sequences: readonly Copy['spans'][],
  temperature: number,
): Promise<number[][]> {
  const { logprobs } = await policy.evaluate(packed(sequences), temperature);
  let at = 0;
  return sequences.map((spans) => {
    const from = at;
    at += sum(spans.filter(({ train }) => train).map(({ tokens }) => tokens.length));
    return Array.from(logprobs.subarray(from, at));
  });
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => unknown): T[][] {
  const groups = new Map<unknown, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

function spread(values: readonly number[]): { mean: number; std: number } {
  const mean = sum(values) / values.length;
  return { mean, std: Math.sqrt(sum(values.map((x) => (x - mean) ** 2)) / (values.length - 1)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

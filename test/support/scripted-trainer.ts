/**
 * The other end of the pipe for tests of the worker: a process that speaks real frames and does what the job's metadata tells it.
 * It has no model. Its "weights" are a hash chain over the steps and the tool's answers, so that a resumed run can be compared with an
 * undisturbed one.
 *
 * metadata.script   one of `scripts` below
 * metadata.die      where to die: `attempt:step:how`, several separated by commas; how is a signal's name or an exit code
 * metadata.slow_ms  pause in each step
 * metadata.tool     what it calls, by default python
 * metadata.code     what it gives the tool
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from '../../src/protocol/channel.js';
import type { FrameArrays } from '../../src/protocol/frames.js';
import {
  PROTOCOL_VERSION,
  TrainingExample,
  WorkerMessage,
  type EvaluateJob,
  type Job,
  type TrainerMessage,
  type TrainJob,
} from '../../src/protocol/messages.js';
import { said } from './responses.js';

type Answer<T extends WorkerMessage['type']> = Extract<WorkerMessage, { type: T }>;

const NO_ROLLOUTS = { prompt_tokens: 0, sampled_tokens: 0, tool_calls: 0, tool_calls_linear_equivalent: 0 };
const NO_USAGE = { ...NO_ROLLOUTS, trained_tokens: 0, unique_tokens: 0 };

class Pipe {
  cancelled = false;
  pausing = false;
  private readonly waiting = new Map<string, (message: WorkerMessage) => void>();
  private readonly channel: Channel<WorkerMessage, TrainerMessage>;

  constructor(onStart: (job: Job) => void) {
    this.channel = new Channel<WorkerMessage, TrainerMessage>(new Socket({ fd: 3 }), WorkerMessage, {
      onMessage: ({ message }) => {
        if (message.type === 'start') onStart(message.job);
        else if (message.type === 'cancel') this.cancelled = true;
        else if (message.type === 'pause') this.pausing = true;
        else this.waiting.get(keyOf(message))?.(message);
      },
      onClose: () => process.exit(0),
    });
  }

  say(message: TrainerMessage, arrays: FrameArrays = {}): number {
    return this.channel.send(message, arrays);
  }

  /** Says something that is stored, and waits until it is. */
  async tell(message: TrainerMessage, arrays: FrameArrays = {}): Promise<void> {
    const number = this.say(message, arrays);
    await this.answer(`ack ${number}`);
  }

  async callTool(message: Extract<TrainerMessage, { type: 'tool_call' }>): Promise<Answer<'tool_result'>> {
    this.say(message);
    return (await this.answer(`tool ${message.call}`)) as Answer<'tool_result'>;
  }

  async score(message: Extract<TrainerMessage, { type: 'score' }>): Promise<Answer<'scores'>> {
    this.say(message);
    return (await this.answer(`score ${message.request}`)) as Answer<'scores'>;
  }

  async bye(message: TrainerMessage): Promise<void> {
    this.say(message);
    await this.channel.flush();
    process.exit(0);
  }

  private answer(key: string): Promise<WorkerMessage> {
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }
}

function keyOf(message: WorkerMessage): string {
  switch (message.type) {
    case 'ack':
      return `ack ${message.number}`;
    case 'tool_result':
      return `tool ${message.call}`;
    case 'scores':
      return `score ${message.request}`;
    default:
      return message.type;
  }
}

const metadataOf = (job: Job): Record<string, string> =>
  job.kind === 'preview' ? job.run.spec.metadata : 'spec' in job ? job.spec.metadata : {};

function dieIfToldTo(job: TrainJob, step: number): void {
  for (const one of (metadataOf(job)['die'] ?? '').split(',')) {
    const [attempt, at, how = ''] = one.split(':');
    if ((attempt !== '*' && Number(attempt) !== job.attempt) || Number(at) !== step) continue;
    console.error(new Error(`dying at step ${step} as told`));
    if (how.startsWith('SIG')) process.kill(process.pid, how);
    else process.exit(Number(how));
  }
}

/** A whole run: one prompt, two trajectories that share their prompt, one tool call and one score a step. */
async function train(pipe: Pipe, job: TrainJob): Promise<void> {
  const { spec } = job;
  const steps = Number(spec.training.steps);
  const slow = Number(spec.metadata['slow_ms'] ?? 0);
  const examples = readFileSync(job.examples, 'utf8')
    .trim()
    .split('\n')
    .map((line) => TrainingExample.parse(JSON.parse(line)));
  let weights = job.resume ? await readFile(join(job.resume.directory, 'model.safetensors'), 'utf8') : 'start';
  pipe.say({ type: 'phase', phase: 'rollout', step: job.resume?.step ?? 0, steps, fraction: null });
  for (let step = (job.resume?.step ?? 0) + 1; step <= steps; step++) {
    if (pipe.cancelled) return pipe.bye({ type: 'done', cancelled: true });
    const example = examples[(step - 1) % examples.length]?.index ?? 0;
    const input = spec.metadata['code'] ?? `print(${step} + ${example})`;
    const call = `${step}/0/0/0`;
    const name = spec.metadata['tool'] ?? 'python';
    const asked = { call, step, tool: name, input, format: 'text' as const, previous: [], example };
    const tool = await pipe.callTool({ type: 'tool_call', ...asked });
    const response = `<think>t</think><answer>\\boxed{${step % 2 === 0 ? 'Lima' : tool.text}}</answer>`;
    const responses = [said(response)];
    const { scores } = await pipe.score({ type: 'score', request: step, dataset: spec.dataset, example, responses });
    const score = scores[0];
    const scored = score?.status === 'scored';
    if (slow > 0) await sleep(slow);
    weights = createHash('sha256')
      .update(`${weights} ${step} ${tool.text} ${scored ? score.reward : '-'}`)
      .digest('hex');
    const segment = {
      forked: false,
      entropy: null,
      delta_entropy: null,
      branch_probability: null,
      forks: null,
      tool: null,
    };
    const trajectory = {
      finish_reason: 'stop',
      reward_status: scored ? 'scored' : 'infra_error',
      reward: scored ? score.reward : null,
      parts: scored ? score.parts : {},
      flags: scored ? score.flags : [],
      answer: scored ? score.answer : null,
      format_valid: scored && score.format_valid,
      exact_match: scored ? score.exact_match : null,
      advantage: scored ? 0.5 : null,
    } as const;
    const told = pipe.tell(
      {
        type: 'tree',
        step,
        tree: 0,
        example,
        begun: '',
        segments: [
          { ...segment, parent: null, kind: 'prompt', start: 0, length: 3, text: 'question' },
          { ...segment, parent: 0, kind: 'model', start: 3, length: 2, text: 'call', entropy: 0.5 },
          {
            ...segment,
            parent: 1,
            kind: 'tool',
            start: 5,
            length: 1,
            text: tool.text,
            tool: {
              name,
              input,
              span: { start: 0, end: 4 },
              call,
              latency_ms: tool.latency_ms,
              // It writes no summaries: what is to be summarised is the result.
              outcome: tool.outcome === 'to_summarise' ? 'ok' : tool.outcome,
              text: tool.text,
            },
          },
          { ...segment, parent: 2, kind: 'model', start: 6, length: 2, text: response, forked: true },
          { ...segment, parent: 2, kind: 'model', start: 8, length: 1, text: response },
        ],
        trajectories: [
          { ...trajectory, leaf: 3 },
          { ...trajectory, leaf: 4 },
        ],
      },
      {
        token_ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
        logprobs: Float32Array.of(0, 0, 0, -0.5, -0.25, 0, -1, -2, -3),
        entropies: Float32Array.of(0, 0, 0, 0.5, 0.5, 0, 1, 1, 1),
        advantages: Float32Array.of(0, 0, 0, 0.5, 0.5, 0, 0.5, 0.5, 0.5),
      },
    );
    dieIfToldTo(job, step);
    await told;
    if (!scored) {
      const message = score?.message ?? 'no score';
      return pipe.bye({ type: 'failed', code: 'too_many_infra_errors', message });
    }
    await pipe.tell(
      {
        type: 'step',
        step,
        steps,
        metrics: { 'reward/mean': score.reward, 'policy/loss': 1 / step },
        usage: {
          ...NO_USAGE,
          sampled_tokens: 10,
          tool_calls: 1,
          tool_calls_linear_equivalent: 2,
          evaluation: NO_ROLLOUTS,
        },
        updates: [
          {
            update: step,
            epoch: 1,
            learning_rate: 0.1,
            loss_denominator: 4,
            loss: 1 / step,
            grad_norm: 1,
            trees: [0],
            passes: [],
            segments: [{ tree: 0, segment: 3, start: 0, length: 2 }],
          },
        ],
        estimated_seconds_left: steps - step,
      },
      { [`${step}/advantages`]: Float32Array.of(0.5, 0.5), [`${step}/old_logprobs`]: Float32Array.of(-1, -2) },
    );
    const final = step === steps;
    if (final || pipe.pausing || step % spec.checkpoint.every_steps === 0) {
      const directory = join(job.output_directory, `step-${step}`);
      await mkdir(join(directory, 'onnx'), { recursive: true });
      await writeFile(join(directory, 'config.json'), '{"model_type": "scripted"}');
      await writeFile(join(directory, 'model.safetensors'), weights);
      await writeFile(join(directory, 'onnx', 'model.onnx'), `graph ${weights}`);
      await pipe.tell({
        type: 'checkpoint',
        step,
        kind: 'training',
        directory,
        final,
        metrics: { 'policy/loss': 1 / step },
        best_step: null,
      });
      if (pipe.pausing && !final) return pipe.bye({ type: 'paused' });
    }
  }
  await pipe.bye({ type: 'done', cancelled: false });
}

async function evaluate(pipe: Pipe, job: EvaluateJob): Promise<void> {
  const { samples } = job.spec.sampling;
  const examples = readFileSync(job.examples, 'utf8')
    .trim()
    .split('\n')
    .map((line) => TrainingExample.parse(JSON.parse(line)));
  const total = examples.length * samples;
  let done = 0;
  for (const { index } of examples) {
    const texts = Array.from(
      { length: samples },
      (_, sample) => `<think>t</think><answer>\\boxed{${(index + sample) % 2 === 0 ? 'Lima' : 'Oslo'}}</answer>`,
    );
    const question = { dataset: job.spec.dataset, example: index, responses: texts.map(said) } as const;
    const { scores } = await pipe.score({ type: 'score', request: index, ...question });
    done += samples;
    await pipe.tell({
      type: 'evaluation_items',
      items: texts.map((response, sample) => {
        const score = scores[sample] ?? { status: 'infra_error', message: 'no score' };
        return { example: index, sample, response, finish_reason: 'stop', tool_calls: 1, model_tokens: 5, score };
      }),
      usage: { ...NO_ROLLOUTS, sampled_tokens: 5 },
      done,
      total,
    });
  }
  await pipe.bye({ type: 'done', cancelled: false });
}

/** A file in the layout of safetensors with one tensor of 4 x 2 numbers. */
function tinySafetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({ 'model.embed_tokens.weight': { dtype: 'F32', shape: [4, 2], data_offsets: [0, 32] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(32)]);
}

async function createModel(pipe: Pipe, job: Extract<Job, { kind: 'create_model' }>): Promise<void> {
  const config = {
    model_type: 'llama',
    vocab_size: 4,
    max_position_embeddings: 64,
    hidden_size: 8,
    num_hidden_layers: 1,
  };
  await mkdir(job.output_directory, { recursive: true });
  const texts =
    'texts' in job.tokenizer ? await Promise.all(job.tokenizer.texts.map((file) => readFile(file, 'utf8'))) : [];
  await writeFile(join(job.output_directory, 'config.json'), JSON.stringify(config));
  await writeFile(join(job.output_directory, 'tokenizer.json'), JSON.stringify({ texts }));
  await writeFile(join(job.output_directory, 'model.safetensors'), tinySafetensors());
  const { layers, heads, hidden_size, ffn_size } = job.architecture;
  await pipe.tell({
    type: 'model_facts',
    facts: {
      architecture: {
        family: 'llama',
        layers,
        hidden_size,
        heads,
        kv_heads: heads,
        head_dim: hidden_size / heads,
        ffn_size,
        rope_theta: 10_000,
        rope_scaling: null,
        rms_norm_eps: 1e-5,
        tie_embeddings: true,
        max_positions: config.max_position_embeddings,
      },
      parameters: 8,
      dtype: 'float32',
      vocab_size: config.vocab_size,
      context_length: config.max_position_embeddings,
      has_chat_template: false,
      warnings: [],
    },
  });
  await pipe.bye({ type: 'done', cancelled: false });
}

const whole = (pipe: Pipe, job: Job): Promise<void> => {
  if (job.kind === 'train') return train(pipe, job);
  if (job.kind === 'evaluate') return evaluate(pipe, job);
  if (job.kind === 'create_model') return createModel(pipe, job);
  throw new Error(`no script for ${job.kind}`);
};

const scripts: Record<string, (pipe: Pipe, job: Job) => void | Promise<void>> = {
  whole,
  /** Lives on, silent, and hears nothing. */
  hang: () => {
    for (;;);
  },
  /** Waits for an answer that takes as long as the tool does. */
  tool: async (pipe, job) => {
    const input = metadataOf(job)['code'] ?? '';
    const call = { call: '1/0/0/0', step: 1, tool: 'python', input, format: 'text' as const, previous: [], example: 0 };
    await pipe.callTool({ type: 'tool_call', ...call });
    await pipe.bye({ type: 'done', cancelled: false });
  },
  user_error: (pipe) => pipe.bye({ type: 'failed', code: 'prompt_too_long', message: 'example 3 has 9,000 tokens' }),
  server_error: (pipe) => pipe.bye({ type: 'failed', code: 'trainer_failed', message: 'a bug' }),
  garbage: () => void writeSync(3, Buffer.alloc(64, 0xff)),
  die: (_, job) => void process.kill(process.pid, metadataOf(job)['die'] ?? 'SIGKILL'),
  log: async (pipe) => {
    for (const message of ['one', 'two', 'three']) await pipe.tell({ type: 'log', level: 'info', message });
    await pipe.bye({ type: 'done', cancelled: false });
  },
  obedient: async (pipe) => {
    while (!pipe.cancelled) await sleep(10);
    await pipe.bye({ type: 'done', cancelled: true });
  },
};

const pipe: Pipe = new Pipe((job) => {
  void (async () => scripts[metadataOf(job)['script'] ?? 'whole']?.(pipe, job))();
});
const version = Number(process.env['SCRIPTED_TRAINER_VERSION'] ?? PROTOCOL_VERSION);
pipe.say({
  type: 'hello',
  version,
  capabilities: (process.env['SCRIPTED_TRAINER_CAPABILITIES'] ?? 'train evaluate create_model method:arpo').split(
    /[ ,]/,
  ),
  fingerprint: { node: process.version },
});

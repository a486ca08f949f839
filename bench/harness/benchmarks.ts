/** The benchmarks: what is measured, on which model, against which ways of doing it in PyTorch. A table; runs nothing. */
import type { ModelShape } from './materials.js';
import type { Measurement, MeasureRequest, RolloutWork, TaskName, Workload } from './protocol.js';

export type BenchmarkName =
  | 'train-small'
  | 'train-smollm'
  | 'tree-small'
  | 'tree-smollm'
  | 'decode'
  | 'decode-1'
  | 'decode-64'
  | 'rollout'
  | 'memory';
export type Side = 'ours' | 'pytorch';

/** One way of doing the work. The first of a task's contenders is ours. */
export interface Contender {
  name: string;
  side: Side;
  request: Omit<MeasureRequest, 'cmd'>;
}

export interface Sample extends Measurement {
  /** Where each measurement has a process of its own. */
  peak_bytes?: number;
}

export interface Quantity {
  what: string;
  unit: string;
  better: 'higher' | 'lower';
  of: (sample: Sample) => number;
}

export interface Task {
  contenders: readonly Contender[];
  /** Read off the same measurements. */
  quantities: readonly Quantity[];
}

export interface Benchmark {
  title: string;
  model: ModelShape;
  workload: Workload;
  rows: number;
  length: number;
  newTokens: number;
  /** As in the request that prepares. */
  partings?: readonly number[];
  rowsAtOnce?: number;
  rollout?: RolloutWork;
  /** Rounds that count, by default. */
  rounds: number;
  /** Rounds before them that do not. */
  warmups: number;
  /** Each measurement in a process of its own, after a first one that does not count. */
  fresh: boolean;
  tasks: readonly Task[];
}

function ours(task: TaskName): Contender {
  return { name: 'Bough', side: 'ours', request: { task } };
}

function pytorch(name: string, request: Contender['request']): Contender {
  return { name: `PyTorch, ${name}`, side: 'pytorch', request };
}

function speed(what: string, tokens: number): Quantity {
  return { what, unit: 'tokens/s', better: 'higher', of: ({ seconds }) => tokens / seconds };
}

/** The same quantities for every model that is trained. */
function trainingTasks(tokens: number): Task[] {
  return [
    {
      contenders: [
        ours('gradient'),
        pytorch('eager attention', { task: 'gradient', attention: 'eager' }),
        pytorch('SDPA', { task: 'gradient', attention: 'sdpa' }),
      ],
      quantities: [speed('forward and backward', tokens)],
    },
    {
      contenders: [
        ours('optimise'),
        pytorch('AdamW as by default', { task: 'optimise', fused: false }),
        pytorch('AdamW fused', { task: 'optimise', fused: true }),
      ],
      quantities: [{ what: 'clipping and AdamW', unit: 'ms', better: 'lower', of: ({ seconds }) => 1000 * seconds }],
    },
    {
      contenders: [
        ours('step'),
        pytorch('eager attention, AdamW fused', { task: 'step', attention: 'eager', fused: true }),
        pytorch('SDPA, AdamW fused', { task: 'step', attention: 'sdpa', fused: true }),
      ],
      quantities: [speed('forward, backward, clipping and AdamW', tokens)],
    },
  ];
}

/** A group of 16 rollouts: a prompt of 300 tokens, responses of 512 that fork behind tool results at their 150th and 300th token. */
const TREE = { rows: 16, length: 300 + 512, partings: [300, 450, 600] } as const;

function treeBenchmark(model: ModelShape, parameters: string, rounds: number, rowsAtOnce: number): Benchmark {
  return {
    title: `An update of a tree of 16 rollouts, ${parameters} parameters: 5,492 unique tokens, 12,992 in copies`,
    model,
    workload: 'training',
    ...TREE,
    newTokens: 0,
    rowsAtOnce,
    rounds,
    warmups: 1,
    fresh: false,
    tasks: [
      {
        contenders: [ours('step'), pytorch('SDPA, copies', { task: 'step', attention: 'sdpa', fused: true })],
        quantities: [speed('forward, backward, clipping and AdamW, in tokens of the copies', TREE.rows * TREE.length)],
      },
    ],
  };
}

function decodeBenchmark(rows: number, newTokens: number, rounds: number): Benchmark {
  return {
    title: `Decoding, 135 M parameters, ${rows} row${rows === 1 ? '' : 's'}, ${newTokens} new tokens after 32, greedy`,
    model: 'smollm',
    workload: 'decoding',
    rows,
    length: 32,
    newTokens,
    rounds,
    warmups: 1,
    fresh: false,
    tasks: [
      {
        contenders: [
          ours('loop'),
          pytorch('generate, SDPA', { task: 'generate', attention: 'sdpa' }),
          pytorch('bare loop, eager attention', { task: 'loop', attention: 'eager' }),
          pytorch('bare loop, SDPA', { task: 'loop', attention: 'sdpa' }),
        ],
        quantities: [speed('new tokens of all rows', rows * newTokens)],
      },
    ],
  };
}

/** Prompts of 400 tokens with 16 rollouts each, which write, call a tool of 0.2 s, read its result of 32 tokens, twice, and write once more. */
const ROLLOUT = { group: 16, prompt_tokens: 400, calls: 2, result_tokens: 32, tool_seconds: 0.2 } as const;

function rolloutBenchmark(prompts: number, newTokens: number): Benchmark {
  const { group, prompt_tokens: prompt, calls, result_tokens: result } = ROLLOUT;
  const rows = prompts * group;
  return {
    title: `Rollouts, 3.5 M parameters, ${prompts} prompts of ${prompt} tokens × ${group}, ${calls} tool calls of 0.2 s, ${(calls + 1) * newTokens} new tokens each`,
    model: 'small',
    workload: 'rollout',
    rows,
    length: prompt + 1 + calls * result,
    newTokens,
    partings: [prompt],
    rollout: ROLLOUT,
    rounds: 5,
    warmups: 1,
    fresh: false,
    tasks: [
      {
        contenders: [
          ours('loop'),
          pytorch('generate for each turn', { task: 'generate', attention: 'sdpa' }),
          pytorch('bare loop, cache kept', { task: 'loop', attention: 'sdpa' }),
          pytorch('bare loop, prompts read once', { task: 'shared_loop', attention: 'sdpa' }),
        ],
        quantities: [speed('new tokens of all rows', rows * (calls + 1) * newTokens)],
      },
    ],
  };
}

export const benchmarks: { readonly [N in BenchmarkName]: Benchmark } = {
  'train-small': {
    title: 'Training, 3.5 M parameters, 8 × 256 tokens',
    model: 'small',
    workload: 'training',
    rows: 8,
    length: 256,
    newTokens: 0,
    rounds: 15,
    warmups: 3,
    fresh: false,
    tasks: trainingTasks(8 * 256),
  },
  'train-smollm': {
    title: 'Training, 135 M parameters, 4 × 256 tokens',
    model: 'smollm',
    workload: 'training',
    rows: 4,
    length: 256,
    newTokens: 0,
    rounds: 7,
    warmups: 2,
    fresh: false,
    tasks: trainingTasks(4 * 256),
  },
  'tree-small': treeBenchmark('small', '3.5 M', 7, 16),
  'tree-smollm': treeBenchmark('smollm', '135 M', 3, 2),
  decode: decodeBenchmark(16, 256, 5),
  'decode-1': decodeBenchmark(1, 256, 5),
  'decode-64': decodeBenchmark(64, 128, 5),
  rollout: rolloutBenchmark(8, 32),
  memory: {
    title: 'A training step over 4,096 tokens (16 × 256), 135 M parameters, a fresh process each',
    model: 'smollm',
    workload: 'training',
    rows: 16,
    length: 256,
    newTokens: 0,
    rounds: 3,
    warmups: 0,
    fresh: true,
    tasks: [
      {
        contenders: [
          ours('step'),
          pytorch('eager attention', { task: 'step', attention: 'eager', fused: true }),
          pytorch('SDPA', { task: 'step', attention: 'sdpa', fused: true }),
          pytorch('SDPA, gradient checkpointing', {
            task: 'step',
            attention: 'sdpa',
            fused: true,
            checkpointing: true,
          }),
        ],
        quantities: [
          {
            what: 'peak resident memory',
            unit: 'GiB',
            better: 'lower',
            of: ({ peak_bytes }) => (peak_bytes ?? NaN) / 2 ** 30,
          },
          speed('forward, backward, clipping and AdamW', 16 * 256),
        ],
      },
    ],
  },
};

export const benchmarkNames = Object.keys(benchmarks) as BenchmarkName[];

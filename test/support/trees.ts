/** Small trees for tests: segments by kind and length, trajectories by leaf. */
import type { Segment, Tree } from '../../src/trainer/trees/tree.js';
import type { Score } from '../../src/trainer/rollout/scoring.js';

/** `length` token ids count up from 1; log-probabilities and entropies of model segments are made of them. */
export function segment(
  parent: number | null,
  kind: Segment['kind'],
  length: number,
  rest: Partial<Segment> = {},
): Segment {
  const model = kind === 'model';
  return {
    parent,
    kind,
    tokens: Int32Array.from({ length }, (_, i) => i + 1),
    logprobs: model ? Float32Array.from({ length }, (_, i) => -(i + 1) / 8) : null,
    entropies: model ? new Float32Array(length).fill(0.5) : null,
    text: '',
    forked: false,
    entropy: model ? 0.5 : null,
    deltaEntropy: null,
    branchProbability: null,
    forks: null,
    tool: null,
    ...rest,
  };
}

/** Two trajectories share a call and its result; a third goes its own way without a tool. */
export function sharedCall(place = 0): Tree {
  const tool = {
    name: 'search',
    input: 'x',
    span: { start: 0, end: 4 },
    call: `${place}/0/1`,
    latencyMs: 4,
    outcome: 'ok' as const,
    text: 'y',
    summaryTokens: 0,
  };
  return {
    place,
    example: 10 + place,
    begun: '',
    segments: [
      segment(null, 'prompt', 5, { text: 'question' }),
      segment(0, 'model', 3, { text: 'call' }),
      segment(1, 'tool', 2, { text: '[result]', tool }),
      segment(2, 'model', 4, { text: 'a' }),
      segment(2, 'model', 6, { text: 'b', forked: true }),
      segment(0, 'model', 7, { text: 'c' }),
    ],
    trajectories: [3, 4, 5].map((leaf) => ({ leaf, finishReason: 'stop' })),
  };
}

/** Trajectories of these lengths that share nothing but the prompt. */
export function separate(lengths: readonly number[]): Pick<Tree, 'segments' | 'trajectories'> {
  return {
    segments: [segment(null, 'prompt', 5), ...lengths.map((length) => segment(0, 'model', length))],
    trajectories: lengths.map((_, i) => ({ leaf: i + 1, finishReason: 'stop' })),
  };
}

export function score(reward: number | null, rest: Partial<Score> = {}): Score {
  const scored = reward !== null;
  return {
    status: scored ? 'scored' : 'infra_error',
    reward,
    parts: {},
    flags: [],
    answer: null,
    formatValid: scored,
    exactMatch: scored ? Number(reward >= 1) : null,
    problem: scored ? null : 'away',
    ...rest,
  };
}

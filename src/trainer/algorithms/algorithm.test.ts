/** An algorithm that is none of the service's, through the update that runs them all: it needs a file of its own and no change elsewhere. */
import { expect, test } from 'vitest';
import { sharedCall } from '../../../test/support/trees.js';
import { initialParameters } from '../../engine/models/initialise.js';
import { Mul, Neg } from '../../engine/graph/ops.js';
import { sumAll } from '../../engine/nn/elementwise.js';
import { cpuDevice, optimizerOf, Policy, type Objective } from '../../engine/index.js';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import { updatePolicy } from '../update/policy-update.js';
import type { Algorithm } from './algorithm.js';
import { creditTrees } from './credit.js';

/** REINFORCE without a baseline: -2 Σ reward · log p over what is rewarded. */
const reinforce: Objective<'positive'> = {
  key: 'toy',
  values: ['positive'],
  settings: { scale: 2 },
  entropies: true,
  needsAdvantage: true,
  metrics: { rewarded: 'sum' },
  build({ logprob }, { value, setting }) {
    const rewarded = sumAll(Mul(value('positive'), logprob));
    return {
      loss: Neg(Mul(setting('scale'), rewarded)),
      sums: { rewarded },
    };
  },
};

const toy: Algorithm = {
  branching: () => null,
  advantages: (groups) =>
    groups.map(({ rewards_G }) => ({ outcome: 'used' as const, advantages_G: rewards_G.map((reward) => reward ?? 0) })),
  credit: (trees, spec) => creditTrees(trees, spec),
  objective: () => reinforce,
};

const config = {
  family: 'llama' as const,
  vocabSize: 12,
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  headDim: 4,
  ffnSize: 8,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  tieEmbeddings: true,
  qkvBias: false,
  qkNorm: false,
  maxPositions: 64,
  eosTokenIds: [0],
  bosTokenId: null,
  padTokenId: null,
};

test("a toy algorithm makes what is rewarded likelier, and its metrics are the update's", async () => {
  const input = { method: 'grpo', model: 'mdl_1', dataset: 'ds_1', optimizer: { learning_rate: 0.01 } } as const;
  const spec = resolveRunSpec(input) as PolicyRunSpec;
  const policy = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
  const optimizer = optimizerOf(policy, { ...spec.optimizer, weightDecay: 0 });
  const objective = toy.objective(spec);
  const learner = { policy, algorithm: toy, objective, reference: null, optimizer, spec, batchTokens: 1000 };
  const tree = sharedCall();
  const [group] = toy.advantages([{ tree, rewards_G: [1, 0, null] }], spec);
  const credited = [{ tree, advantages_G: group!.advantages_G }];

  const losses: number[] = [];
  for (let step = 1; step <= 5; step++) {
    const { metrics } = await updatePolicy(learner, credited, step, () => {});
    const { loss, policy: measured } = metrics[0]!;
    expect(loss).toBeCloseTo(-2 * measured['rewarded']!, 5);
    expect(Object.keys(measured)).toEqual(['rewarded', 'kl_to_old', 'entropy', 'ratio_max']);
    losses.push(loss);
  }
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);

  const unrewarded = [{ tree, advantages_G: [0, 0, 0] }];
  expect((await updatePolicy(learner, unrewarded, 6, () => {})).metrics).toEqual([]);
  await policy.close();
});

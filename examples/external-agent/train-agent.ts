/** Trains the policy behind an agent that knows nothing of it: a small new model learns to write what can be read. */
import { join } from 'node:path';
import { unwrap, type Run } from 'bough/client';
import { PACKAGE_FOLDER } from '../../src/config/package.js';
import type { Client } from '../support/client.js';
import { metricOf } from '../support/run-metrics.js';
import { followRun } from '../support/train.js';
import { drive } from './driver.js';

export interface Trained {
  readonly run: Run;
  /** Mean of each step. */
  readonly rewards: readonly number[];
}

const AGENT = join(PACKAGE_FOLDER, 'examples', 'external-agent', 'agent.mjs');

/** @param on ids of a model and of a dataset of questions */
export async function trainAgent(
  client: Client,
  on: { model: string; dataset: string },
  { steps, atOnce }: { steps: number; atOnce: number },
): Promise<Trained> {
  const { bough, signal } = client;
  const body = {
    method: 'grpo' as const,
    ...on,
    rollout: { source: 'external' as const, group_size: 8, max_prompt_tokens: 100, max_response_tokens: 8 },
    training: { steps, prompts_per_step: 1 },
    optimizer: { learning_rate: 0.08 },
  };
  const { id } = unwrap(await bough.api.POST('/v1/runs', { body, signal }));
  const [{ run }] = await Promise.all([
    followRun(client, 'agent', id),
    drive(client, id, { script: AGENT, atOnce, reward: legibility }),
  ]);
  return { run, rewards: await metricOf(client, id, 'reward/mean') };
}

/** How much of the answer a reader can read: letters, digits and the signs of a keyboard. */
function legibility(answer: string): number {
  return answer === '' ? 0 : (answer.match(/[ -~]/g)?.length ?? 0) / answer.length;
}

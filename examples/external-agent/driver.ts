/** Keeps a run whose agents are outside supplied with rollouts: asks for one, has an agent carry it out, says what it was worth, and so on until the run is over. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoughError, unwrap, type Schemas } from 'bough/client';
import { bareEnvironment } from '../../src/config/process-environment.js';
import type { Client } from '../support/client.js';

const run = promisify(execFile);

/** An agent may take so long. */
const AGENT_MS = 60_000;
/** While the run learns. */
const PAUSE_MS = 200;

type Rollout = Schemas['NewExternalRollout'];

export interface Agents {
  /** A script for Node, which is given the question as its argument. */
  readonly script: string;
  /** Of them, at once. */
  readonly atOnce: number;
  readonly reward: (answer: string, rollout: Rollout) => number;
}

/** Returns when the run takes no more rollouts. */
export async function drive(client: Client, runId: string, agents: Agents): Promise<void> {
  const one = async () => {
    while (await playNext(client, runId, agents));
  };
  await Promise.all(Array.from({ length: agents.atOnce }, one));
}

/** Whether the run goes on. */
async function playNext({ bough, signal }: Client, id: string, { script, reward }: Agents): Promise<boolean> {
  const asked = await bough.api.POST('/v1/runs/{id}/rollouts', { params: { path: { id } }, signal });
  if (asked.response.status === 429) {
    await sleep(PAUSE_MS, undefined, { signal });
    return true;
  }
  if (asked.response.status === 409) return false;
  const rollout = unwrap(asked);
  const body = await played(script, rollout, signal).then(
    (answer) => ({ reward: reward(answer, rollout) }),
    (error: unknown) => ({ error: (error as Error).message.slice(0, 1000) }),
  );
  const path = { id, rollout_id: rollout.id };
  const finished = await bough.api.POST('/v1/runs/{id}/rollouts/{rollout_id}/finish', {
    params: { path },
    body,
    signal,
  });
  // What came too late, or was lost with its worker, is asked for again or counts as an infra_error: nothing to do about it here.
  if (finished.response.status !== 409) unwrap(finished);
  return true;
}

/** What an agent answers. */
async function played(script: string, { base_url, api_key, example }: Rollout, signal: AbortSignal): Promise<string> {
  if (api_key === null) throw new BoughError('no_key', 'the key of the rollout was in an answer that is lost');
  const env = { ...bareEnvironment(), OPENAI_BASE_URL: base_url, OPENAI_API_KEY: api_key };
  const question = String(example.data['question']);
  const { stdout } = await run(process.execPath, [script, question], { env, signal, timeout: AGENT_MS });
  return stdout;
}

/** Posts a run, follows it live to its end, and finds what it leaves: its last checkpoint. */
import { unwrap, type Checkpoint, type Run, type Schemas } from 'bough/client';
import type { Client } from './client.js';
import { clock, count } from '../../cli/terminal/figures.js';
import { RunProgress } from '../../cli/terminal/run-progress.js';

export interface FinishedRun {
  readonly run: Run;
  /** From the request to the end, by this client's clock. */
  readonly seconds: number;
  readonly checkpoint: Checkpoint;
}

/** @throws {Error} with the run's own, when it does not succeed */
export async function train(client: Client, name: string, body: Schemas['RunSpec']): Promise<FinishedRun> {
  const startedAt = performance.now();
  const { bough, screen, signal } = client;
  const { id } = unwrap(await bough.api.POST('/v1/runs', { body, signal }));
  const { run, checkpoint } = await followRun(client, name, id);
  const seconds = (performance.now() - startedAt) / 1000;
  const { step } = run.progress;
  screen.say(
    `  ${name}: ${count(step)} steps, ${count(run.usage.trained_tokens)} tokens trained on, ${clock(seconds)}  ${id}`,
  );
  return { run, seconds, checkpoint };
}

/** A run that has been posted, to its end. @throws {Error} with the run's own, when it does not succeed; when it is paused */
export async function followRun(
  { bough, screen, signal }: Client,
  name: string,
  id: string,
): Promise<Omit<FinishedRun, 'seconds'>> {
  const progress = new RunProgress(name);
  for await (const event of bough.runEvents(id, { signal })) {
    if (event.level === 'warn') screen.say(`  ${event.message}`);
    screen.live(progress.read(event));
    // The stream goes on for as long as the run may, and a paused one says nothing more until somebody resumes it.
    if (event.type === 'run.paused' && (await isPaused(bough, id))) break;
  }
  const run = await bough.waitForRun(id, { signal });
  if (run.status === 'paused') {
    throw new Error(`The run ${id} (${name}) is paused; POST /v1/runs/${id}/resume lets it go on`);
  }
  if (run.status !== 'succeeded') {
    throw new Error(`The run ${id} (${name}) ${run.status}: ${run.error?.message ?? 'without an error'}`);
  }
  return { run, checkpoint: await lastCheckpoint(bough, id) };
}

/** Of a run whose events are read from the first, a pause may be long over. */
async function isPaused(bough: Client['bough'], id: string): Promise<boolean> {
  return unwrap(await bough.api.GET('/v1/runs/{id}', { params: { path: { id } } })).status === 'paused';
}

async function lastCheckpoint(bough: Client['bough'], id: string): Promise<Checkpoint> {
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', { params: { path: { id } } }));
  const last = data.find(({ final }) => final);
  if (!last) throw new Error(`The run ${id} has succeeded without a last checkpoint`);
  return last;
}

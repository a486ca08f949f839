/** Follows a run to its end, as people or programs read it. */
import type { Run } from '../openapi/client.js';
import { UnsuccessfulError } from './exit-code.js';
import { runLines } from './run-lines.js';
import type { Session } from './session.js';
import { curve } from './terminal/curve.js';
import { RunProgress } from './terminal/run-progress.js';

const PLOT = { width: 60, height: 6 };

/** @throws {UnsuccessfulError} when the run does not succeed, or is paused */
export async function watchRun(session: Session, id: string): Promise<void> {
  const { bough, screen, signal, isJson, print } = session;
  const progress = new RunProgress(id);
  const rewards: number[] = [];
  for await (const event of bough.runEvents(id, { signal })) {
    if (isJson) print(event, () => []);
    if (event.level !== 'info') screen.say(event.message);
    if (event.type === 'run.step') note(rewards, event.data);
    screen.live(progress.read(event));
    // A paused run says nothing more until somebody resumes it; of one that is read from the first the pause may be over.
    if (event.type === 'run.paused' && (await look(session, id)).status === 'paused') break;
  }
  const run = await bough.waitForRun(id, { signal });
  if (!isJson) print(run, () => [...runLines(run), ...plot(rewards)]);
  if (run.status !== 'succeeded') throw new UnsuccessfulError(`${id} ${words(run)}`);
}

async function look({ bough, signal }: Session, id: string): Promise<Run> {
  return bough.waitForRun(id, { signal, timeoutMs: 10_000 });
}

function note(rewards: number[], { metrics }: Readonly<Record<string, unknown>>): void {
  const reward = (metrics as Readonly<Record<string, number>>)['reward/mean'];
  if (reward !== undefined) rewards.push(reward);
}

/** A curve of two points says nothing. */
const plot = (rewards: readonly number[]) =>
  rewards.length < 3 ? [] : ['', 'Mean reward of each step', ...curve(rewards, PLOT)];

function words({ status, error }: Run): string {
  if (status === 'paused') return 'is paused: `bough runs resume` lets it go on';
  return error ? `${status}: ${error.message}` : status;
}

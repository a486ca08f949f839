/** All checks of a trainer, one after the other, each with processes of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainerCommand } from '../../src/worker/trainer/trainer-process.js';
import { checks } from './checks.js';
import { Material } from './material.js';
import { Subject, type Answers } from './subject.js';

export interface Verdict {
  readonly name: string;
  /** Null: it was not made, because the trainer cannot do what it needs. */
  readonly passed: boolean | null;
  /** What the trainer does otherwise, or what it lacks. */
  readonly reason: string;
  readonly seconds: number;
}

export interface CheckedTrainer {
  readonly command: TrainerCommand;
  readonly only: string;
  readonly limitMs: number;
}

/** @param onVerdict is told each as it comes */
export async function runChecks(
  { command, only, limitMs }: CheckedTrainer,
  onVerdict: (verdict: Verdict) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bough-conformance-'));
  const verdicts: Verdict[] = [];
  try {
    const material = await Material.write(folder);
    let capabilities: readonly string[] = [];
    await withSubjects(command, limitMs, async (subject) => {
      capabilities = (await subject().says('hello')).message.capabilities;
    }).catch(() => undefined);
    for (const { name, needs, run } of checks.filter((check) => check.name.includes(only))) {
      signal.throwIfAborted();
      const lacking = needs.filter((one) => !capabilities.includes(one));
      const started = performance.now();
      const outcome =
        lacking.length > 0
          ? { passed: null, reason: `it lacks ${lacking.join(', ')}` }
          : await withSubjects(command, limitMs, (subject) => run({ material, subject })).then(
              () => ({ passed: true, reason: '' }),
              (error: unknown) => ({ passed: false, reason: (error as Error).message }),
            );
      const verdict = { name, ...outcome, seconds: (performance.now() - started) / 1000 };
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return verdicts;
}

/** Whatever is started meanwhile has ended afterwards. */
async function withSubjects(
  command: TrainerCommand,
  limitMs: number,
  work: (subject: (answers?: Answers) => Subject) => Promise<void>,
): Promise<void> {
  const started: Subject[] = [];
  try {
    await work((answers) => {
      const subject = new Subject(command, limitMs, answers);
      started.push(subject);
      return subject;
    });
  } finally {
    await Promise.all(started.map((subject) => subject.end()));
  }
}

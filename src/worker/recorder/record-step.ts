/** A finished step as rows: its metrics, its optimiser updates, and what it changes in the run. */
import type { EntityManager } from 'typeorm';
import type { FrameArrays } from '../../protocol/frames.js';
import type { RolloutUsage, UsageDelta } from '../../protocol/messages.js';
import { RunStep } from '../../store/entities/run-step.entity.js';
import { RunUpdate } from '../../store/entities/run-update.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import type { RunUsage } from '../../store/shapes.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import type { RecordedRun } from './recorded-run.js';
import { arrayOf, bytesOf } from './token-bytes.js';

/** The metrics that a reader of the event log wants to see. */
const HEADLINES = [
  'reward/mean',
  'reward/std',
  'reward/format_valid',
  'rollout/infra_error',
  'rollout/branches',
  'tools/calls',
  'policy/loss',
  'policy/entropy',
  'optimizer/grad_norm',
  'optimizer/learning_rate',
] as const;

/**
 * Writes the step unless it is there already.
 * @param wallTimeS since the step before was recorded
 * @returns whether it was written
 */
export async function recordStep(
  manager: EntityManager,
  run: RecordedRun,
  message: TrainerMessageOf<'step'>,
  arrays: FrameArrays,
  wallTimeS: number,
): Promise<boolean> {
  const { step, steps, metrics } = message;
  if (await manager.existsBy(RunStep, { runId: run.id, step })) return false;
  await manager.insert(RunStep, { runId: run.id, step, attempt: run.attempt, metrics });
  for (const update of message.updates) {
    const part = (name: string) => bytesOf(arrayOf(arrays, `${update.update}/${name}`));
    await manager.insert(RunUpdate, {
      runId: run.id,
      update: update.update,
      step,
      attempt: run.attempt,
      body: update,
      advantages: part('advantages'),
      oldLogprobs: part('old_logprobs'),
      referenceLogprobs: `${update.update}/reference_logprobs` in arrays ? part('reference_logprobs') : null,
    });
  }

  const usage = await runUsage(manager, run, message.usage, wallTimeS);
  await manager.update(Run, run.id, {
    progress: { step, steps, phase: 'step', fraction: steps > 0 ? step / steps : null },
    usage,
    latestMetrics: metrics,
    estimatedFinishAt: estimate(message.estimated_seconds_left),
  });
  const headlines = Object.fromEntries(
    HEADLINES.filter((name) => name in metrics).map((name) => [name, metrics[name]]),
  );
  await appendEvent(manager, run.id, {
    level: 'info',
    type: 'run.step',
    message: `Step ${step} of ${steps}`,
    data: { step, steps, attempt: run.attempt, metrics: headlines, usage },
  });
  await recordEvaluation(manager, run, step, metrics);
  return true;
}

/** The held-out evaluation of a run is made by the trainer, and arrives as metrics `eval/<set>/<metric>` of a step. */
async function recordEvaluation(
  manager: EntityManager,
  run: RecordedRun,
  step: number,
  metrics: Record<string, number>,
): Promise<void> {
  const evaluated = Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith('eval/')));
  if (Object.keys(evaluated).length === 0) return;
  const data = { step, attempt: run.attempt, metrics: evaluated };
  await appendEvent(manager, run.id, {
    level: 'info',
    type: 'run.evaluation',
    message: `Evaluated after step ${step}`,
    data,
  });
}

/** Counts what a step has cost that the run ended in the middle of. Its time is counted at the end of the attempt. */
export async function recordUnfinishedStep(
  manager: EntityManager,
  run: RecordedRun,
  { step, usage: spent }: TrainerMessageOf<'unfinished_step'>,
): Promise<void> {
  await manager.update(Run, run.id, { usage: await runUsage(manager, run, spent, 0) });
  const { sampled_tokens, tool_calls } = spent;
  await appendEvent(manager, run.id, {
    level: 'warn',
    type: 'run.log',
    message: `Step ${step} was not finished: its ${sampled_tokens} sampled tokens and ${tool_calls} tool calls count in usage, nothing is learnt from them`,
    data: { step, attempt: run.attempt, usage: spent },
  });
}

/** The run's usage with that of a step added. */
async function runUsage(
  manager: EntityManager,
  run: RecordedRun,
  { evaluation, ...training }: UsageDelta,
  wallTimeS: number,
): Promise<RunUsage> {
  const { usage: before } = await manager.findOneOrFail(Run, {
    select: { id: true, usage: true },
    where: { id: run.id },
  });
  return {
    ...addUsage(before, { ...training, wall_time_s: wallTimeS }),
    evaluation: addUsage(before.evaluation, evaluation),
  };
}

/** The sums of what both have; the rest as it was. */
export function addUsage<T extends RolloutUsage>(before: T, delta: RolloutUsage & Partial<Record<keyof T, number>>): T {
  const counts = before as Partial<Record<string, number>>;
  const sums = Object.entries(delta).map(([name, more]) => [name, (counts[name] ?? 0) + more]);
  return { ...before, ...Object.fromEntries(sums) };
}

/** On PostgreSQL's clock. */
function estimate(secondsLeft: number | null): null | (() => string) {
  if (secondsLeft === null || !Number.isFinite(secondsLeft)) return null;
  const seconds = Math.max(0, Math.min(secondsLeft, 3.2e9));
  return () => `clock_timestamp() + make_interval(secs => ${seconds})`;
}

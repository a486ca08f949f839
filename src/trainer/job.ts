/** One job from start to last word: finds who does it, and says how it ended. */
import { ChatTemplateError, ModelFormatError } from '../engine/index.js';
import { trainsBy } from '../protocol/capabilities.js';
import type { Job, TrainerMessage } from '../protocol/messages.js';
import { isSupervised } from '../spec/run-spec.js';
import { METHODS_TRAINED } from './algorithms/index.js';
import { checkModel } from './jobs/check-model.js';
import { createModel } from './jobs/create-model.js';
import { evaluate } from './jobs/evaluate.js';
import { exportModel } from './jobs/export-model.js';
import { serve } from './jobs/serve.js';
import { TrainerFailure } from './failure.js';
import { Cancelled, LinkClosed, type Link } from './link.js';
import { PolicyTraining } from './jobs/train-policy.js';
import { SupervisedTraining } from './jobs/train-supervised.js';
import { previewRun } from './preview/preview.js';
import { train } from './jobs/train.js';

type Failed = Extract<TrainerMessage, { type: 'failed' }>;

/** Jobs of one kind; what can be paused says whether it was. */
type JobOf<K extends Job['kind']> = (job: Extract<Job, { kind: K }>, link: Link) => Promise<'done' | 'paused' | void>;
type Jobs = { readonly [K in Job['kind']]: JobOf<K> };

const jobs: Jobs = {
  train: async (job, link) => {
    const { spec } = job;
    refuseProcesses(spec.training.world_size);
    const training = isSupervised(spec)
      ? await SupervisedTraining.prepare({ ...job, spec }, link)
      : await PolicyTraining.prepare({ ...job, spec }, link);
    return train(training);
  },
  preview: previewRun,
  evaluate,
  create_model: createModel,
  check_model: checkModel,
  export_model: exportModel,
  serve,
};

function refuseProcesses(count: number): void {
  if (count === 1) return;
  const remedy = 'set it to 1, or have the run done by a worker with TRAINER=ray';
  const message = `training.world_size ${count} is not supported by the onnxruntime trainer, which computes a run in one process: ${remedy}`;
  throw new TrainerFailure('spec_unsupported', message);
}

/** What `hello` says. */
export const CAPABILITIES: readonly string[] = [...Object.keys(jobs), ...METHODS_TRAINED.map(trainsBy)];

/** Does the job that the worker sends. Never rejects: what goes wrong is said to the worker, if it still listens. */
export async function runJob(link: Link): Promise<void> {
  try {
    const job = await link.job;
    const ended = await (jobs[job.kind] as JobOf<Job['kind']>)(job, link);
    await link.finish(ended === 'paused' ? { type: 'paused' } : { type: 'done', cancelled: false });
  } catch (error) {
    if (error instanceof LinkClosed) return;
    if (error instanceof Cancelled) await link.finish({ type: 'done', cancelled: true });
    else await link.finish(failed(error));
  }
}

/** Files that a user brought and that cannot be used are the user's to mend; what is not foreseen is ours. */
function failed(error: unknown): Failed {
  if (error instanceof TrainerFailure) {
    return { type: 'failed', code: error.code, message: error.message };
  }
  if (error instanceof ModelFormatError || error instanceof ChatTemplateError) {
    return { type: 'failed', code: 'model_unreadable', message: error.message };
  }
  return unforeseen(error);
}

/** The worker lets such a job wait until there is room. */
function isNoSpace(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || (cause !== undefined && isNoSpace(cause));
}

/** A fault of ours: its stack goes to the process's log, its message to the worker. */
export function unforeseen(error: unknown): Failed {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${stack ?? message}\n`);
  return { type: 'failed', code: isNoSpace(error) ? 'no_space' : 'trainer_failed', message };
}

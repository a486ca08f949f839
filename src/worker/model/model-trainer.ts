/** Has a trainer make a model or look at one, and says how that ended. */
import { Logger } from '@nestjs/common';
import type { CheckModelJob, CreateModelJob } from '../../protocol/messages.js';
import type { ModelFacts } from '../../spec/model-spec.js';
import { failure } from '../jobs/failure.js';
import type { JobContext, JobEnd } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { CHECK_SILENCE_MS, TRAINER_LIMITS } from '../trainer/trainer-limits.js';
import type { TrainerOutcome } from '../trainer/trainer-outcome.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { ModelHandler } from './model-handler.js';

const logger = new Logger('Model');

export async function runModelTrainer(
  { trainerEntry: entry, trainerLimits = TRAINER_LIMITS }: WorkerDependencies,
  { signal }: JobContext,
  job: CreateModelJob | CheckModelJob,
): Promise<{ end: JobEnd; facts: ModelFacts | null }> {
  const onLine = (line: string) => logger.log(`${job.model_id}: ${line}`);
  const handler = new ModelHandler(onLine);
  if (job.kind === 'create_model') {
    const outcome = await superviseTrainer({ job, handler, signal, onLine, entry, limits: trainerLimits });
    return { end: endOf(outcome, signal), facts: handler.facts };
  }
  const limits = { ...trainerLimits, silenceMs: Math.min(trainerLimits.silenceMs, CHECK_SILENCE_MS) };
  const outcome = await superviseTrainer({ job, handler, signal, onLine, entry, limits });
  return { end: boundlessEnd(outcome, limits.silenceMs) ?? endOf(outcome, signal), facts: handler.facts };
}

/** Templates and patterns are programs. Another attempt would not end either, or fill the heap of JavaScript, in which no weights are, again. */
function boundlessEnd(outcome: TrainerOutcome, silenceMs: number): JobEnd | null {
  const took =
    outcome.kind === 'silent'
      ? `did not finish in ${silenceMs / 1000} s`
      : outcome.kind === 'crashed' && outcome.reason.includes('JavaScript heap out of memory')
        ? 'needs more memory than there is'
        : null;
  if (took === null) return null;
  const message = `the chat template or tokenizer ${took}: simplify it`;
  return { kind: 'failed', failure: failure('model_unreadable', message, 'user') };
}

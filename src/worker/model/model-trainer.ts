/** Has a trainer make a model or look at one, and says how that ended. */
import { Logger } from '@nestjs/common';
import type { CheckModelJob, CreateModelJob } from '../../protocol/messages.js';
import type { ModelFacts } from '../../spec/model-spec.js';
import type { JobContext, JobEnd } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { Workshop } from '../jobs/workshop.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { ModelDesk } from './model-desk.js';

const logger = new Logger('Model');

export async function runModelTrainer(
  { trainerEntry, trainerLimits }: Workshop,
  { signal }: JobContext,
  job: CreateModelJob | CheckModelJob,
): Promise<{ end: JobEnd; facts: ModelFacts | null }> {
  const onLine = (line: string) => logger.log(`${job.model_id}: ${line}`);
  const desk = new ModelDesk(onLine);
  const outcome = await superviseTrainer({ job, desk, signal, onLine, entry: trainerEntry, limits: trainerLimits });
  return { end: endOf(outcome, signal), facts: desk.facts };
}

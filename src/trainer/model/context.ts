/** Refuses a run that writes more at a time than its model can read. Asks the configuration alone, so that it can be the first thing that is asked. */
import type { DecoderConfig } from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import { contextProblems } from '../../spec/run/context.js';
import { extentOf } from '../../spec/run-spec.js';
import { TrainerFailure } from '../failure.js';

/**
 * To be called before the dataset is read and memory is planned: either would refuse the same run for something else.
 * @throws {TrainerFailure} context_exceeded, naming the field
 */
export function refuseBeyondContext({ spec }: TrainJob, { maxPositions }: DecoderConfig): void {
  const [problem] = contextProblems(extentOf(spec), maxPositions, 'the model');
  if (problem) throw new TrainerFailure('context_exceeded', `${problem.path} ${problem.message}`);
}

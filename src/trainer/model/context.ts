/** Refuses a run that writes more at a time than its model can read. Asks the configuration alone, so that it can be the first thing that is asked. */
import { readModelConfig } from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import { contextProblems } from '../../spec/run/context.js';
import { extentOf } from '../../spec/run-spec.js';
import { TrainerFailure } from '../failure.js';

/**
 * To be called before memory is planned: that would refuse the same run for what it takes.
 * @throws {TrainerFailure} context_exceeded, naming the field
 */
export async function refuseBeyondContext({ spec, model_directory }: TrainJob): Promise<void> {
  const { maxPositions } = await readModelConfig(model_directory);
  const [problem] = contextProblems(extentOf(spec), maxPositions, 'the model');
  if (problem) throw new TrainerFailure('context_exceeded', `${problem.path} ${problem.message}`);
}

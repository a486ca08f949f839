/** The model that a run is kept near. */
import { Policy, readModelConfig, type AdaptedModel } from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import { deviceOf } from '../device.js';
import { TrainerFailure } from '../failure.js';

/** Its sizes. `isShared`: it is the policy's own weights, without the adapter. */
export async function referenceSizes(job: TrainJob): Promise<{ model: AdaptedModel; isShared: boolean }> {
  const config = await readModelConfig(job.reference_directory ?? job.model_directory);
  return {
    model: { config, adapter: null },
    isShared: job.spec.training.adapter !== null && job.reference_directory === null,
  };
}

/**
 * The frozen model whose log-probabilities the policy's are compared with, over the same tokens; with an adapter and no other model the policy's own weights.
 * @throws {TrainerFailure} reference_vocabulary_differs
 */
export async function loadReference(job: TrainJob, policy: Policy): Promise<Policy> {
  if (policy.adapter && job.reference_directory === null) return policy.withAdapter(null);
  const reference = await Policy.load(job.reference_directory ?? job.model_directory, { device: deviceOf(job) });
  const [own, other] = [policy.config.vocabSize, reference.config.vocabSize];
  if (own === other) return reference;
  await reference.close();
  const message = `training.reference_model has ${other} tokens, the policy ${own}: name a model with the same tokenizer, or null`;
  throw new TrainerFailure('reference_vocabulary_differs', message);
}

/** Whether a step of a run asks more questions than its dataset has. */
import type { EntityManager } from 'typeorm';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';
import { Dataset } from '../../store/entities/dataset.entity.js';

/** A warning; none of a dataset that is still being read, or of a method that asks no questions. */
export async function scarceQuestions(
  manager: EntityManager,
  projectId: string,
  spec: ResolvedRunSpec,
): Promise<string[]> {
  if (!('prompts_per_step' in spec.training)) return [];
  const asked = spec.training.prompts_per_step;
  const where = { id: spec.dataset, projectId };
  const dataset = await manager.findOne(Dataset, { select: { id: true, numExamples: true }, where });
  const has = dataset?.numExamples ?? asked;
  if (has >= asked) return [];
  return [
    `training.prompts_per_step: a step asks ${asked} questions, and the dataset has ${has}: some come up several times in each; lower it, or give more`,
  ];
}

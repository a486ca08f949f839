/** What clients send and get of rollouts of agents that are outside. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { anyOf, stepFilter } from '../../http/request/query.schema.js';
import { EXTERNAL_ROLLOUT_STATUSES, OPENED_ROLLOUT_STATUSES } from '../../spec/enums.js';
import type { ExternalRollout } from '../../store/entities/external-rollout.entity.js';

/** Beyond this nothing can be learnt from a reward in single precision. */
const LARGEST = 1e9;

const Reward = z
  .number()
  .min(-LARGEST, `must be between -${LARGEST} and ${LARGEST}: scale it`)
  .max(LARGEST, `must be between -${LARGEST} and ${LARGEST}: scale it`);

export const RolloutRequest = z
  .strictObject({})
  .describe('The run says which question comes next: there is nothing to choose.')
  .meta({ id: 'RolloutRequest' });
export type RolloutRequest = z.infer<typeof RolloutRequest>;

export const RolloutQuery = z.strictObject({
  status: anyOf(OPENED_ROLLOUT_STATUSES),
  step: stepFilter,
  ...pageFields('rollout'),
});
export type RolloutQuery = z.infer<typeof RolloutQuery>;

export const RolloutReward = z.strictObject({ reward: Reward }).meta({ id: 'RolloutReward' });
export type RolloutReward = z.infer<typeof RolloutReward>;

export const RolloutEnd = z
  .strictObject({
    reward: Reward.optional().describe(
      'Where it was not given before. Without one the reward of the run is computed, where it has one.',
    ),
    error: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        'Why the agent could not do its work: the rollout is an infra_error then, and nothing is learnt from it.',
      ),
  })
  .refine(({ reward, error }) => reward === undefined || error === undefined, {
    path: ['reward'],
    message:
      'is not taken together with error: a rollout whose agent could not do its work has no reward. Leave one of them out',
  })
  .meta({ id: 'RolloutEnd' });
export type RolloutEnd = z.infer<typeof RolloutEnd>;

const fields = {
  id: z.string(),
  object: z.literal('run.rollout'),
  created_at: Seconds.describe('When it was asked for.'),
  run_id: z.string(),
  status: z
    .enum(EXTERNAL_ROLLOUT_STATUSES)
    .describe(
      '`open`: its agent is at work. `failed`: finished with an error. `expired`: not finished in time. `lost`: the run has stopped, or was taken up again, and asks for it anew.',
    ),
  step: z.int().describe('Step of the run, whose trees have what the agent asked once it is done.'),
  policy_version: z.int().describe('Steps that the policy which answers has learnt from.'),
  tree: z.int().describe('Place of its question within the step: the rollouts of one are compared with each other.'),
  reward: z.number().nullable(),
  error: z.string().nullable().describe('Why it failed, or that it has expired.'),
  expires_at: Seconds.describe('It has to be finished by then.'),
};

export const ExternalRolloutObject = z
  .object({ ...fields, example: z.int().describe('Index of its question in the dataset.') })
  .meta({ id: 'ExternalRollout' });
export type ExternalRolloutObject = z.infer<typeof ExternalRolloutObject>;

export const ExternalRolloutList = pageOf(ExternalRolloutObject, 'ExternalRolloutList');

export const NewExternalRollout = z
  .object({
    ...fields,
    example: z
      .object({ index: z.int(), data: z.record(z.string(), z.unknown()) })
      .describe('The question as the dataset has it: its messages, its references and its metadata.'),
    base_url: z.string().describe('For an OpenAI client: it calls {base_url}/chat/completions.'),
    api_key: z
      .string()
      .nullable()
      .describe(
        'For that client: with it this rollout is answered, and nothing else. Null where an Idempotency-Key repeats the answer.',
      ),
  })
  .meta({ id: 'NewExternalRollout' });
export type NewExternalRollout = z.infer<typeof NewExternalRollout>;

export function externalRolloutObject(rollout: ExternalRollout): ExternalRolloutObject {
  const { id, runId: run_id, status, step, tree, example, reward, error, openedAt, createdAt, expiresAt } = rollout;
  const opened = openedAt ?? createdAt;
  return {
    id,
    object: 'run.rollout',
    created_at: seconds(opened),
    run_id,
    status,
    step,
    policy_version: step - 1,
    tree,
    example,
    reward,
    error,
    expires_at: seconds(expiresAt ?? opened),
  };
}

/** What the API answers about the experiment trackers of a run. */
import { z } from 'zod';
import { ResolvedIntegration } from '../../spec/run/integrations.js';
import type { RunIntegration } from '../../store/entities/run-integration.entity.js';

const RunIntegrationObject = z
  .object({
    object: z.literal('run.integration'),
    spec: ResolvedIntegration,
    status: z
      .enum(['sending', 'done', 'failed'])
      .describe('`done`: its server has been told everything; `failed`: it is not tried any more.'),
    step: z.int().describe('The last step that its server has; 0: none.'),
    external: z
      .record(z.string(), z.string())
      .describe('By what its server knows the run, such as `run_id` of MLflow; empty until it does.'),
    attempts: z.int().describe('Since the last that succeeded.'),
    error: z.string().nullable().describe('Why the last attempt failed; null: it did not.'),
  })
  .meta({ id: 'RunIntegration' });
type RunIntegrationObject = z.infer<typeof RunIntegrationObject>;

export const RunIntegrationList = z
  .object({ object: z.literal('list'), data: z.array(RunIntegrationObject) })
  .meta({ id: 'RunIntegrationList', description: 'In the order of the spec.' });
export type RunIntegrationList = z.infer<typeof RunIntegrationList>;

export function integrationObject(row: RunIntegration): RunIntegrationObject {
  const { spec, status, step, external, attempts, error } = row;
  return { object: 'run.integration', spec, status, step, external, attempts, error };
}

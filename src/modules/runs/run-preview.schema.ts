/** What the API answers about previews of runs; what it takes is `src/spec/run-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds } from '../../http/answer/common.schema.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { bracketed } from '../../http/answer/problems.js';
import { RESOURCE_STATUSES } from '../../spec/enums.js';
import { ResolvedRunSpec } from '../../spec/run-spec.js';
import { Estimate, PreviewedPrompt, PreviewedTokens } from '../../spec/preview.js';
import type { RunPreview } from '../../store/entities/run-preview.entity.js';

export const RunPreviewObject = z
  .object({
    id: z.string(),
    object: z.literal('run.preview'),
    created_at: Seconds.describe('Previews are deleted after a day.'),
    status: z.enum(RESOURCE_STATUSES),
    spec: ResolvedRunSpec.nullable().describe(
      'With every default filled in; null when the method has no defaults yet.',
    ),
    problems: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .describe('What POST /v1/runs would refuse it for; where there are any, nothing is measured.'),
    prompts: z.array(PreviewedPrompt).nullable().describe('The first prompts, as the model reads them.'),
    tokens: PreviewedTokens.nullable(),
    estimate: Estimate.nullable().describe("Of the whole run on the worker's machine."),
    warnings: z
      .array(z.string())
      .describe('What the run would go on with, and say in its events: examples that it passes over, for one.'),
    error: Failure.nullable().describe('Why the run would fail, or could not be previewed.'),
    waiting_for: WaitingFor,
  })
  .meta({ id: 'RunPreview' });
export type RunPreviewObject = z.infer<typeof RunPreviewObject>;

export function runPreviewObject({ result, ...preview }: Waiting<RunPreview>): RunPreviewObject {
  return {
    id: preview.id,
    object: 'run.preview',
    created_at: seconds(preview.createdAt),
    status: preview.status,
    spec: preview.spec,
    problems: preview.problems.map(({ path, message }) => ({ path: bracketed(path), message })),
    prompts: result?.prompts ?? null,
    tokens: result?.tokens ?? null,
    estimate: result?.estimate ?? null,
    warnings: [...preview.warnings, ...(result?.warnings ?? [])],
    error: preview.error,
    waiting_for: waitingText(preview),
  };
}

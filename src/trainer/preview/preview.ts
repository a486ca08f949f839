/** A preview: the first steps of a run done for real, to see what the whole of it takes. Nothing is learnt, and nothing of it is kept. */
import type { PreviewJob, TrainJob } from '../../protocol/messages.js';
import { isSupervised } from '../../spec/run-spec.js';
import type { Link } from '../link.js';
import { previewPolicy } from './preview-policy.js';
import { previewSupervised } from './preview-supervised.js';

export async function previewRun({ run }: PreviewJob, link: Link): Promise<void> {
  const job = withoutLearning(run);
  const { spec } = job;
  const result = isSupervised(spec)
    ? await previewSupervised({ ...job, spec }, link)
    : await previewPolicy({ ...job, spec }, link);
  await link.store({ type: 'preview_result', result });
}

/** At a learning rate of 0 every step is that of the starting policy, and costs the same. No budget ends a preview. */
function withoutLearning(job: TrainJob): TrainJob {
  const { spec } = job;
  const optimizer = { ...spec.optimizer, learning_rate: 0, warmup_steps: 0, schedule: 'constant' as const };
  const budget = { tool_calls: null, sampled_tokens: null, wall_time_s: null };
  return { ...job, spec: { ...spec, optimizer, budget } };
}

/** Runs to be read, as a worker would have left them. */
import { resolveRunSpec } from '../../src/spec/run-spec.js';
import { Run } from '../../src/store/entities/run.entity.js';
import { newId } from '../../src/store/ids.js';
import { insertRow } from '../../src/store/insert-row.js';
import { createJob } from '../../src/store/jobs.js';
import { NO_RUN_USAGE } from '../../src/store/shapes.js';
import type { MeasuredService } from './service.js';

/** A run with everything that a finished step leaves on it. */
export async function insertRun(
  { dataSource, projectId }: MeasuredService,
  status: 'succeeded' | 'queued',
): Promise<Run> {
  const [modelId, datasetId] = [newId('model'), newId('dataset')];
  const spec = resolveRunSpec({
    method: 'arpo',
    model: modelId,
    dataset: datasetId,
    tools: [{ type: 'search', corpus: newId('dataset'), top_k: 1 }, { type: 'python' }],
    metadata: { team: 'search' },
  });
  const names = ['reward', 'policy', 'rollout', 'tools', 'time'].flatMap((group) =>
    ['mean', 'std', 'min', 'max'].map((name) => `${group}/${name}`),
  );
  const isOver = status === 'succeeded';
  return dataSource.transaction(async (manager) => {
    const run = await insertRow(manager, Run, {
      id: newId('run'),
      projectId,
      name: 'measured',
      method: 'arpo',
      spec,
      status,
      modelId,
      datasetId,
      progress: { step: 100, steps: 100, phase: null, fraction: null },
      usage: NO_RUN_USAGE,
      error: null,
      manifest: { versions: { bough: '0.1.0', node: process.version }, inputs: { dataset: 'a'.repeat(64) } },
      latestMetrics: Object.fromEntries(names.map((name, i) => [name, i / 7])),
      checkpointsCount: 3,
      startedAt: new Date(),
      finishedAt: isOver ? new Date() : null,
      estimatedFinishAt: null,
      metadata: spec.metadata,
    });
    // A queued one asks for what no worker here has, so that it stays in the queue.
    if (!isOver) {
      const requires = { accelerator: 'cuda' } as const;
      await createJob(manager, projectId, {
        kind: 'run.train',
        subjectId: run.id,
        uses: [modelId, datasetId],
        requires,
      });
    }
    return run;
  });
}

/** Rows as a worker would have written them. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DataSource } from 'typeorm';
import type { RunStatus } from '../../src/spec/enums.js';
import { resolveRescoreSpec } from '../../src/spec/rescore-spec.js';
import { resolveRunSpec } from '../../src/spec/run-spec.js';
import { encodeFloat32, encodeInt32 } from './arrays.js';
import type { BlobStore } from '../../src/store/blobs/blob-store.js';
import { recordBlob } from '../../src/store/blobs/record-blob.js';
import { Checkpoint } from '../../src/store/entities/checkpoint.entity.js';
import { DatasetExample } from '../../src/store/entities/dataset-example.entity.js';
import { Dataset } from '../../src/store/entities/dataset.entity.js';
import { Model } from '../../src/store/entities/model.entity.js';
import { Rescore } from '../../src/store/entities/rescore.entity.js';
import { RunStep } from '../../src/store/entities/run-step.entity.js';
import { Run } from '../../src/store/entities/run.entity.js';
import { Segment } from '../../src/store/entities/segment.entity.js';
import { Trajectory } from '../../src/store/entities/trajectory.entity.js';
import { Tree } from '../../src/store/entities/tree.entity.js';
import { newId } from '../../src/store/ids.js';
import { insertRow } from '../../src/store/insert-row.js';
import { createJob } from '../../src/store/jobs.js';
import { NO_RUN_USAGE, type RlExample } from '../../src/store/shapes.js';

export class ApiRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly projectId: string,
  ) {}

  /** Ready, with this many questions `Q0?`, `Q1?`, … */
  async dataset(fields: Partial<Dataset> = {}, questions = 8): Promise<Dataset> {
    const { manager } = this.dataSource;
    const dataset = await insertRow(manager, Dataset, {
      id: newId('dataset'),
      projectId: this.projectId,
      name: 'questions',
      kind: 'rl',
      format: 'jsonl',
      mapping: {},
      status: 'ready',
      error: null,
      sha256: randomBytes(32).toString('hex'),
      sizeBytes: 10,
      numExamples: questions,
      numRejected: 0,
      rejectedRows: [],
      metadata: {},
      ...fields,
    });
    for (let index = 0; index < questions; index++) {
      const question = `Q${index}?`;
      const data: RlExample = {
        messages: [{ role: 'user', content: question }],
        question,
        references: [`A${index}`],
        metadata: {},
      };
      await insertRow(manager, DatasetExample, { datasetId: dataset.id, index, line: index + 1, data });
    }
    return dataset;
  }

  async model(fields: Partial<Model> = {}): Promise<Model> {
    return insertRow(this.dataSource.manager, Model, {
      id: newId('model'),
      projectId: this.projectId,
      name: 'small',
      source: { type: 'upload' },
      status: 'ready',
      error: null,
      progress: null,
      commit: null,
      archiveSha256: null,
      architecture: null,
      warnings: [],
      dtype: 'float32',
      hasChatTemplate: true,
      parameters: 548_864,
      vocabSize: 955,
      contextLength: 4096,
      files: [],
      metadata: {},
      ...fields,
    });
  }

  /** A run of its own model and dataset, with the job that such a run has. */
  async run(status: RunStatus = 'queued', fields: Partial<Run> = {}): Promise<Run> {
    const { manager } = this.dataSource;
    const dataset = fields.datasetId ?? (await this.dataset()).id;
    const model = fields.modelId ?? (await this.model()).id;
    const spec = resolveRunSpec({ method: 'arpo', model, dataset });
    const run = await insertRow(manager, Run, {
      id: newId('run'),
      projectId: this.projectId,
      name: null,
      method: 'arpo',
      spec,
      status,
      modelId: model,
      datasetId: dataset,
      progress: { step: 0, steps: 100, phase: null, fraction: null },
      usage: NO_RUN_USAGE,
      warnings: [],
      error: null,
      manifest: {},
      latestMetrics: {},
      checkpointsCount: 0,
      startedAt: null,
      finishedAt: null,
      estimatedFinishAt: null,
      metadata: {},
      ...fields,
    });
    const uses = [run.modelId, run.datasetId];
    const job = await createJob(manager, this.projectId, { kind: 'run.train', subjectId: run.id, uses });
    const jobStatus =
      status === 'queued' ? 'queued' : ['succeeded', 'failed', 'cancelled'].includes(status) ? 'done' : 'claimed';
    await manager.query('UPDATE jobs SET status = $2 WHERE id = $1', [job.id, jobStatus]);
    return run;
  }

  /** Notes that a worker has ended the job of this run or evaluation, as it does when its status is final. */
  async endJob(subjectId: string): Promise<void> {
    await this.dataSource.query(`UPDATE jobs SET status = 'done' WHERE subject_id = $1`, [subjectId]);
  }

  async steps(runId: string, count: number): Promise<void> {
    for (let step = 1; step <= count; step++) {
      const metrics = { 'reward/mean': step / 10, 'policy/loss': -step, 'reward/std': 1 };
      await insertRow(this.dataSource.manager, RunStep, { runId, step, attempt: 1, metrics });
    }
  }

  /** A prompt, a model turn with a tool call, its result, and two endings: one goes on, one forks. */
  async tree(runId: string, step: number, index = 0): Promise<{ tree: Tree; trajectories: Trajectory[] }> {
    const { manager } = this.dataSource;
    const owner = { projectId: this.projectId, runId, step, attempt: 1 };
    const tree = await insertRow(manager, Tree, { id: newId('tree'), ...owner, index, example: 1 });
    const kinds = ['prompt', 'model', 'tool', 'model', 'model'] as const;
    const parents = [null, 0, 1, 2, 2];
    const ids = kinds.map(() => newId('segment'));
    for (const [i, kind] of kinds.entries()) {
      const parent = parents[i] ?? null;
      const sampled = kind === 'model';
      await insertRow(manager, Segment, {
        id: ids[i]!,
        treeId: tree.id,
        index: i,
        parentId: parent === null ? null : ids[parent]!,
        kind,
        tokenIds: encodeInt32([10 * i, 10 * i + 1]),
        logprobs: sampled ? encodeFloat32([-0.5, -0.25]) : null,
        entropies: sampled ? encodeFloat32([1, 0.5]) : null,
        advantages: sampled && i < 4 ? encodeFloat32([0.75, 0.75]) : null,
        text: `segment ${i}`,
        forked: i === 4,
        entropy: sampled ? 0.75 : null,
        deltaEntropy: i >= 3 ? 0.1 : null,
        branchProbability: i >= 3 ? 0.52 : null,
        forks: i >= 3 ? { wanted: 2, granted: 1, decode_step: 16 } : null,
        tool:
          kind === 'tool'
            ? { name: 'python', input: '1+1', call: '1/0/0/0', outcome: 'ok', text: '2', latency_ms: 3 }
            : null,
        numTokens: 2,
      });
    }
    const trajectories: Trajectory[] = [];
    for (const [i, leaf] of [3, 4].entries()) {
      trajectories.push(
        await insertRow(manager, Trajectory, {
          id: newId('trajectory'),
          ...owner,
          treeId: tree.id,
          index: i,
          leafSegmentId: ids[leaf]!,
          segmentIds: [ids[0]!, ids[1]!, ids[2]!, ids[leaf]!],
          reward: i === 0 ? 1 : null,
          parts: { f1: 1 },
          flags: [],
          answer: 'A1',
          formatValid: true,
          exactMatch: i === 0 ? 1 : null,
          advantage: i === 0 ? 0.75 : null,
          rewardStatus: i === 0 ? 'scored' : 'infra_error',
          finishReason: 'stop',
          numTokens: 8,
        }),
      );
    }
    return { tree, trajectories };
  }

  /** That is being made. */
  async rescore(runId: string): Promise<string> {
    const { manager } = this.dataSource;
    const spec = resolveRescoreSpec({ grader: { type: 'exact_match' } });
    const progress = { done: 0, total: 1 };
    const { projectId } = this;
    const { id } = await insertRow(manager, Rescore, { id: newId('rescore'), projectId, runId, spec, progress });
    await createJob(manager, projectId, { kind: 'run.rescore', subjectId: id, uses: [] });
    return id;
  }

  /** With these files, by name. */
  async checkpoint(
    runId: string,
    blobs: BlobStore,
    files: Record<string, string>,
    fields: Partial<Checkpoint> = {},
  ): Promise<Checkpoint> {
    const id = newId('checkpoint');
    const stored = [];
    for (const [name, content] of Object.entries(files)) {
      const blob = await blobs.put(Readable.from([Buffer.from(content)]));
      await recordBlob(this.dataSource.manager, id, blob);
      stored.push({ name, sha256: blob.sha256, size_bytes: blob.sizeBytes });
    }
    await this.dataSource.query('UPDATE runs SET checkpoints_count = checkpoints_count + 1 WHERE id = $1', [runId]);
    return insertRow(this.dataSource.manager, Checkpoint, {
      id,
      projectId: this.projectId,
      runId,
      step: 10,
      kind: 'training',
      final: false,
      metrics: {},
      sizeBytes: stored.reduce((sum, file) => sum + file.size_bytes, 0),
      files: stored,
      attempt: 1,
      ...fields,
    });
  }
}

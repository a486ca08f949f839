/** A run of the quickstart as it was, with all that is stored of one of its steps, to be shown again without training. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DataSource } from 'typeorm';
import type { Schemas } from '../../openapi/client.js';
import type { BlobStore } from '../../src/store/blobs/blob-store.js';
import { resolveRunSpec, RunSpecInput } from '../../src/spec/run-spec.js';
import { DatasetExample } from '../../src/store/entities/dataset-example.entity.js';
import { RunStep } from '../../src/store/entities/run-step.entity.js';
import type { Run } from '../../src/store/entities/run.entity.js';
import { Segment } from '../../src/store/entities/segment.entity.js';
import { Trajectory } from '../../src/store/entities/trajectory.entity.js';
import { Tree } from '../../src/store/entities/tree.entity.js';
import { insertRow } from '../../src/store/insert-row.js';
import { ApiRows } from './api-rows.js';
import { encodeFloat32, encodeInt32 } from './arrays.js';

interface Recording {
  readonly run: Pick<Run, 'spec' | 'usage'> & { readonly latest_metrics: Record<string, number> };
  readonly metrics: readonly Record<string, number>[];
  /** Of which the trees and trajectories are. */
  readonly step: number;
  readonly trees: readonly Schemas['Tree'][];
  readonly trajectories: readonly Schemas['TrajectorySummary'][];
  readonly examples: readonly Schemas['DatasetExample'][];
  readonly tokenizer: object;
}

export interface RecordedRun {
  readonly run: Run;
  readonly step: number;
  /** Ids, by place within the step. */
  readonly trees: readonly string[];
}

export async function storeRecordedRun(
  dataSource: DataSource,
  blobs: BlobStore,
  projectId: string,
): Promise<RecordedRun> {
  const file = readFileSync(join(import.meta.dirname, 'recorded-run.json.gz'));
  const recording = JSON.parse(gunzipSync(file).toString('utf8')) as Recording;
  const { metrics, step, trees, trajectories, examples, tokenizer } = recording;
  const rows = new ApiRows(dataSource, projectId);
  const { manager } = dataSource;

  const dataset = await rows.dataset({ name: 'questions' }, 0);
  const answered = new Map(examples.map((one) => [one.index, one]));
  for (const { index, line, data } of answered.values()) {
    await insertRow(manager, DatasetExample, { datasetId: dataset.id, index, line, data: data as never });
  }
  const now = Date.now();
  const steps = metrics.length;
  const run = await rows.run('succeeded', {
    name: 'quickstart arpo',
    // What specs have got since is filled in, as for a run that somebody posts again.
    spec: resolveRunSpec(RunSpecInput.parse(recording.run.spec)),
    datasetId: dataset.id,
    usage: recording.run.usage,
    latestMetrics: recording.run.latest_metrics,
    progress: { step: steps, steps, phase: 'step', fraction: 1 },
    startedAt: new Date(now - recording.run.usage.wall_time_s * 1000),
    finishedAt: new Date(now),
  });
  for (const [i, one] of metrics.entries()) {
    await insertRow(manager, RunStep, { runId: run.id, step: i + 1, attempt: 1, metrics: one });
  }
  const owner = { projectId, runId: run.id, attempt: 1 };
  for (const { id, index, example, segments } of trees) {
    await insertRow(manager, Tree, { id, ...owner, step, index, example });
    for (const segment of segments) await insertRow(manager, Segment, segmentRow(id, segment));
  }
  for (const one of trajectories) {
    const { segment_ids: segmentIds } = trees
      .find(({ id }) => id === one.tree_id)!
      .trajectories.find(({ id }) => id === one.id)!;
    await insertRow(manager, Trajectory, {
      id: one.id,
      ...owner,
      treeId: one.tree_id,
      step,
      index: one.index,
      leafSegmentId: segmentIds.at(-1)!,
      segmentIds,
      reward: one.reward,
      parts: one.parts,
      flags: one.flags,
      answer: one.answer,
      formatValid: one.format_valid,
      exactMatch: one.exact_match,
      advantage: one.advantage,
      rewardStatus: one.reward_status,
      finishReason: one.finish_reason,
      numTokens: one.num_tokens,
    });
  }
  const files = { 'tokenizer.json': JSON.stringify(tokenizer) };
  await rows.checkpoint(run.id, blobs, files, { step: steps, final: true, metrics: recording.run.latest_metrics });
  return { run, step, trees: trees.map(({ id }) => id) };
}

function segmentRow(treeId: string, segment: Schemas['Segment']): Omit<Segment, 'tree'> {
  return {
    id: segment.id,
    treeId,
    index: segment.index,
    parentId: segment.parent_id,
    kind: segment.kind,
    tokenIds: encodeInt32(segment.token_ids),
    logprobs: floats(segment.logprobs),
    entropies: floats(segment.entropies),
    advantages: floats(segment.advantages),
    text: segment.text,
    forked: segment.forked,
    entropy: segment.entropy,
    deltaEntropy: segment.delta_entropy,
    branchProbability: segment.branch_probability,
    forks: segment.forks,
    tool: segment.tool && { ...segment.tool, span: segment.tool.span ?? undefined },
    numTokens: segment.num_tokens,
  };
}

const floats = (values: readonly (number | null)[] | null) =>
  values && encodeFloat32(values.map((value) => value ?? Number.NaN));

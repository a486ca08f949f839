/** Workers, and the rows that the API would have made for them, for e2e tests of the worker. Serves no HTTP. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { loadConfig } from '../../src/config/config.js';
import { resolveEvaluationSpec, type EvaluationSpecInput } from '../../src/spec/evaluation-spec.js';
import type { DatasetKind } from '../../src/spec/enums.js';
import { resolveRunSpec, type RunSpecInput } from '../../src/spec/run-spec.js';
import type { ModelSource } from '../../src/spec/model-spec.js';
import { planRun } from '../../src/modules/runs/run-plan.js';
import { DirectoryBlobStore } from '../../src/store/blobs/directory-blob-store.js';
import { trainingRequirementsOf } from '../../src/store/requirements.js';
import { recordBlob } from '../../src/store/blobs/record-blob.js';
import { createDataSource } from '../../src/store/data-source.js';
import { DatasetExample } from '../../src/store/entities/dataset-example.entity.js';
import { Dataset } from '../../src/store/entities/dataset.entity.js';
import { Evaluation } from '../../src/store/entities/evaluation.entity.js';
import { Job, type JobKind } from '../../src/store/entities/job.entity.js';
import { Model } from '../../src/store/entities/model.entity.js';
import { Project } from '../../src/store/entities/project.entity.js';
import { RunEvent } from '../../src/store/entities/run-event.entity.js';
import { Run } from '../../src/store/entities/run.entity.js';
import { newId } from '../../src/store/ids.js';
import { insertRow } from '../../src/store/insert-row.js';
import { createJob } from '../../src/store/jobs.js';
import { idsOf } from '../../src/store/references.js';
import { NO_RUN_USAGE, NO_USAGE } from '../../src/store/shapes.js';
import type { TrainerLimits } from '../../src/worker/trainer/trainer-limits.js';
import { WorkerModule } from '../../src/worker.module.js';
import { createTestServices, type TestServices } from './services.js';
import { bundleScriptedTrainer, removeBundle } from './trainer-bundle.js';

type PolicyInput = Extract<RunSpecInput, { method: 'arpo' }>;

export class WorkerHarness {
  readonly workers: INestApplicationContext[] = [];

  private constructor(
    readonly services: TestServices,
    readonly dataSource: DataSource,
    readonly blobs: DirectoryBlobStore,
    readonly trainerEntry: string,
    readonly projectId: string,
    readonly datasetId: string,
    readonly modelId: string,
  ) {}

  /**
   * Services of its own with a project, a dataset of three questions and a model; no worker yet.
   * @param trainer the script of its workers' trainer
   */
  static async open(trainer = bundleScriptedTrainer()): Promise<WorkerHarness> {
    const services = await createTestServices();
    const dataSource = await createDataSource(services.databaseUrl).initialize();
    const blobs = new DirectoryBlobStore(loadConfig(services.env).blobDir);
    const projectId = newId('project');
    await dataSource.manager.insert(Project, { id: projectId, name: 'test' });
    const ids = { datasetId: newId('dataset'), modelId: newId('model') };
    const harness = new WorkerHarness(
      services,
      dataSource,
      blobs,
      await trainer,
      projectId,
      ids.datasetId,
      ids.modelId,
    );
    await harness.addDataset(ids.datasetId, 'ready');
    const { sha256, sizeBytes } = await blobs.put(Readable.from([Buffer.from('{"model_type": "scripted"}')]));
    await insertRow(dataSource.manager, Model, {
      id: ids.modelId,
      projectId,
      name: 'model',
      source: { type: 'upload' },
      status: 'ready',
      files: [{ name: 'config.json', sha256, size_bytes: sizeBytes }],
    });
    return harness;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.dataSource.destroy();
    await this.services.drop();
    await removeBundle(this.trainerEntry);
  }

  /** The settings of a worker of this harness: one that is closed does not wait for the step that is under way. */
  env(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      ...this.services.env,
      WORKER_LEASE_S: '3',
      SHUTDOWN_TIMEOUT_S: '8',
      LOG_LEVEL: 'error',
      TRAINER_THREADS: '1',
      ...overrides,
    };
  }

  async startWorker(env: Record<string, string> = {}, trainerLimits?: TrainerLimits): Promise<INestApplicationContext> {
    const overrides = { trainerEntry: this.trainerEntry, trainerLimits };
    const module = WorkerModule.forRoot(loadConfig(this.env(env)), overrides);
    const worker = await NestFactory.createApplicationContext(module, {
      logger: ['error', 'fatal'],
      abortOnError: false,
    });
    this.workers.push(worker);
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.close()));
  }

  /** Three questions; of kind sft they have no references. */
  async addDataset(id: string, status: 'ready' | 'processing', kind: 'rl' | 'sft' = 'rl'): Promise<void> {
    const { projectId } = this;
    const common = { mapping: {}, sha256: '0'.repeat(64), sizeBytes: 1 };
    const manager = this.dataSource.manager;
    await insertRow(manager, Dataset, {
      id,
      projectId,
      name: 'questions',
      kind,
      format: 'jsonl',
      status,
      ...common,
    });
    for (let index = 0; index < 3; index++) {
      const question = `What is the capital of Peru? (${index})`;
      const prompt = { messages: [{ role: 'user' as const, content: question }], metadata: {} };
      const data = kind === 'rl' ? { ...prompt, question, references: ['Lima'] } : prompt;
      await insertRow(manager, DatasetExample, { datasetId: id, index, line: index + 1, data });
    }
  }

  /**
   * A queued run of 6 steps with a checkpoint after every second one, and its job.
   * @param toldOfTools as an attempt before has recorded it
   */
  addRun(input: Partial<PolicyInput> = {}, toldOfTools?: readonly object[]): Promise<Run> {
    const run: RunSpecInput = {
      method: 'arpo',
      model: this.modelId,
      dataset: this.datasetId,
      reward: { type: 'exact_match' },
      checkpoint: { every_steps: 2, keep: 2 },
      ...input,
      training: { steps: 6, ...input.training },
    };
    return this.queueRun(run, toldOfTools ? { inputs: { tools: toldOfTools } } : {});
  }

  async queueRun(input: RunSpecInput, manifest: Run['manifest'] = {}): Promise<Run> {
    const spec = resolveRunSpec(input);
    return this.dataSource.transaction(async (manager) => {
      const run = await insertRow(manager, Run, {
        id: newId('run'),
        projectId: this.projectId,
        method: spec.method,
        spec,
        status: 'queued',
        modelId: spec.model,
        datasetId: spec.dataset,
        progress: { step: 0, steps: null, phase: null, fraction: null },
        usage: NO_RUN_USAGE,
        manifest,
        metadata: spec.metadata,
      });
      const uses = idsOf(planRun(input).references);
      const { priority } = spec;
      const requires = trainingRequirementsOf(spec);
      await createJob(manager, this.projectId, { kind: 'run.train', subjectId: run.id, uses, requires, priority });
      return run;
    });
  }

  /** A dataset as it is uploaded, and the job that imports it. */
  async upload(kind: DatasetKind, rows: readonly unknown[]): Promise<string> {
    const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
    const { sha256, sizeBytes } = await this.blobs.put(Readable.from([Buffer.from(lines)]));
    const id = newId('dataset');
    await this.dataSource.transaction(async (manager) => {
      const { projectId } = this;
      const file = { name: kind, kind, format: 'jsonl', mapping: {}, sha256, sizeBytes };
      await insertRow(manager, Dataset, { id, projectId, ...file });
      await recordBlob(manager, id, { sha256, sizeBytes });
      await createJob(manager, projectId, { kind: 'dataset.import', subjectId: id, uses: [] });
    });
    return id;
  }

  async addEvaluation(input: Partial<EvaluationSpecInput> = {}): Promise<Evaluation> {
    const spec = resolveEvaluationSpec(
      {
        ...(input.checkpoint === undefined ? { model: this.modelId } : {}),
        dataset: this.datasetId,
        grader: { type: 'exact_match' },
        ...input,
      },
      null,
    );
    return this.dataSource.transaction(async (manager) => {
      const evaluation = await insertRow(manager, Evaluation, {
        id: newId('evaluation'),
        projectId: this.projectId,
        spec,
        modelId: spec.model,
        datasetId: spec.dataset,
        progress: { done: 0, total: null },
        usage: NO_USAGE,
      });
      const uses = [spec.model, spec.dataset];
      await createJob(manager, this.projectId, { kind: 'evaluation.run', subjectId: evaluation.id, uses });
      return evaluation;
    });
  }

  /** @param uses ids of what its tokenizer comes from */
  async addModel(source: ModelSource, uses: readonly string[] = []): Promise<Model> {
    return this.dataSource.transaction(async (manager) => {
      const { projectId } = this;
      const model = await insertRow(manager, Model, { id: newId('model'), projectId, name: 'new', source });
      await createJob(manager, projectId, { kind: 'model.create', subjectId: model.id, uses });
      return model;
    });
  }

  run(id: string): Promise<Run> {
    return this.dataSource.manager.findOneByOrFail(Run, { id });
  }

  job(subjectId: string, kind: JobKind = 'run.train'): Promise<Job> {
    return this.dataSource.manager.findOneByOrFail(Job, { subjectId, kind });
  }

  /** Types of the run's events in order; phases and the preparations are left out. */
  async story(runId: string): Promise<string[]> {
    const events = await this.dataSource.manager.find(RunEvent, { where: { runId }, order: { sequence: 'ASC' } });
    const told = events.filter(({ type }) => type !== 'run.phase' && type !== 'run.preparing');
    return told.map(
      ({ type, data }) => type.replace('run.', '') + (typeof data['step'] === 'number' ? ` ${data['step']}` : ''),
    );
  }

  /** Waits until the run's status is one of these. */
  async untilRun(id: string, ...statuses: Run['status'][]): Promise<Run> {
    let last: Run | null = null;
    await until(
      `run ${id} to be ${statuses.join(' or ')}`,
      async () => {
        last = await this.run(id);
        return statuses.includes(last.status);
      },
      () => `it is ${last?.status} (${last?.error?.message})`,
    );
    return this.run(id);
  }

  /** The content of a checkpoint's file. */
  async fileOf(files: { name: string; sha256: string }[], name: string): Promise<string> {
    const file = files.find((one) => one.name === name);
    if (!file) throw new Error(`no file ${name}`);
    return Buffer.concat(await this.blobs.open(file.sha256).toArray()).toString();
  }
}

export async function until(
  what: string,
  probe: () => Promise<boolean>,
  detail = () => '',
  limitMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s for ${what}; ${detail()}`);
    await sleep(50);
  }
}

/**
 * Weights & Biases, over the API that its own client uses: GraphQL for a run and its files, a file stream for its history. A run is known by its name, and a line of
 * the history by its place, which is that of its step, so that the server keeps one of what it is sent twice.
 */
import { createHash } from 'node:crypto';
import { refusalOf } from '../../../outgoing/post.js';
import type { IntegrationOf } from '../../../spec/run/integrations.js';
import type { ToldStep, ToldTrajectory } from '../../../store/run-integrations.js';
import { answerTo, below, jsonOf, type AskOptions } from './ask.js';
import { runName, type Batch, type Sink, type SinkContext } from './sink.js';

const UPSERT_RUN = `
  mutation UpsertBucket($name: String, $project: String, $entity: String, $displayName: String, $config: JSONString) {
    upsertBucket(input: {name: $name, modelName: $project, entityName: $entity, displayName: $displayName, config: $config}) {
      bucket { name project { name entity { name } } }
    }
  }`;
const CREATE_FILES = `
  mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) {
    createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) {
      uploadHeaders
      files { name uploadUrl }
    }
  }`;

type Lines = Readonly<Record<string, { offset: number; content: string[] }>>;

/** What the server's answers have of it. */
interface Upserted {
  readonly upsertBucket?: { readonly bucket?: { readonly project?: { name?: string; entity?: { name?: string } } } };
}
interface CreatedFiles {
  readonly createRunFiles?: {
    readonly uploadHeaders?: readonly string[];
    readonly files?: readonly { readonly uploadUrl: string }[];
  };
}

export class WandbSink implements Sink {
  constructor(
    private readonly spec: IntegrationOf<'wandb'>,
    private readonly context: SinkContext,
  ) {}

  async send({ steps, trajectories }: Batch): Promise<void> {
    await this.ensureRun();
    const lines: string[] = [];
    for (const step of steps) {
      const ofStep = trajectories.filter((one) => one.step === step.step);
      const table = ofStep.length > 0 ? { trajectories: await this.putTable(step.step, ofStep) } : {};
      lines.push(JSON.stringify({ ...this.lineOf(step), ...table }));
    }
    const [first] = steps;
    const last = lines.at(-1);
    if (!first || last === undefined) return;
    await this.stream({
      files: {
        // Steps are counted from 1 and without a gap.
        'wandb-history.jsonl': { offset: first.step - 1, content: lines },
        'wandb-summary.json': { offset: 0, content: [last] },
      },
    });
  }

  async finish(): Promise<void> {
    await this.ensureRun();
    await this.stream({ complete: true, exitcode: this.context.run.status === 'succeeded' ? 0 : 1 });
  }

  /** Each time, and not only once: a server that has been given another disk has it again. */
  private async ensureRun(): Promise<void> {
    const { run, external } = this.context;
    const { integrations: _, ...spec } = run.spec;
    const config = Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, { value }]));
    const { upsertBucket } = await this.ask<Upserted>(UPSERT_RUN, {
      name: this.runId,
      project: this.spec.project,
      entity: this.spec.entity,
      displayName: runName(this.spec, run),
      config: JSON.stringify(config),
    });
    const project = upsertBucket?.bucket?.project;
    if (!project?.name || !project.entity?.name)
      throw new Error(`${this.host} names no project of the run: is it a server of Weights & Biases?`);
    Object.assign(external, { run_id: this.runId, project: project.name, entity: project.entity.name });
  }

  private lineOf({ step, metrics, at }: ToldStep): Record<string, number> {
    const seconds = (at.getTime() - this.context.run.createdAt.getTime()) / 1000;
    return { ...metrics, _step: step, _timestamp: at.getTime() / 1000, _runtime: seconds };
  }

  /** @returns what stands for the table in the history */
  private async putTable(step: number, trajectories: readonly ToldTrajectory[]): Promise<Record<string, unknown>> {
    const columns = Object.keys(trajectories[0] ?? {}) as (keyof ToldTrajectory)[];
    const data = trajectories.map((trajectory) => columns.map((column) => trajectory[column]));
    const table = { columns, data };
    const text = JSON.stringify(table);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const path = `media/table/trajectories_${step}_${sha256.slice(0, 20)}.table.json`;
    const { entity, project } = this.context.external;
    const asked = { entity, project, run: this.runId, files: [path] };
    const { createRunFiles } = await this.ask<CreatedFiles>(CREATE_FILES, asked);
    const place = createRunFiles?.files?.[0]?.uploadUrl;
    if (place === undefined) throw new Error(`${this.host} does not say where the file ${path} is to be put`);
    const url = new URL(place, this.spec.url);
    const { outgoing, signal } = this.context;
    const headers = Object.fromEntries((createRunFiles?.uploadHeaders ?? []).map(headerOf));
    const answer = await answerTo({ outgoing, signal, headers }, 'PUT', url, table);
    if (!answer.ok) throw new Error(refusalOf(url, answer));
    const size = Buffer.byteLength(text);
    return { _type: 'table-file', path, sha256, size, ncols: columns.length, nrows: data.length };
  }

  private async stream(body: { files?: Lines; complete?: boolean; exitcode?: number }): Promise<void> {
    const { entity = '', project = '' } = this.context.external;
    const names = [entity, project, this.runId].map(encodeURIComponent).join('/');
    const url = below(this.spec.url, `files/${names}/file_stream`);
    const answer = await answerTo(this.options, 'POST', url, body);
    if (!answer.ok) throw new Error(refusalOf(url, answer));
  }

  /** @throws with the server's words where its answer has errors */
  private async ask<T extends object>(query: string, values: object): Promise<T> {
    const url = below(this.spec.url, 'graphql');
    const { data, errors } = jsonOf(url, await answerTo(this.options, 'POST', url, { query, variables: values }));
    const [error] = (errors ?? []) as { message?: string }[];
    if (error) throw new Error(`${this.host} refused: ${error.message ?? 'it does not say why'}`);
    return (data ?? {}) as T;
  }

  /** Of its own: what a user calls a run need not be the only one of that name. */
  private get runId(): string {
    return `${this.context.run.id}-${this.context.place}`;
  }

  private get host(): string {
    return new URL(this.spec.url).host;
  }

  private get options(): AskOptions {
    const { outgoing, signal, secret } = this.context;
    return { outgoing, signal, headers: { authorization: `Basic ${Buffer.from(`api:${secret}`).toString('base64')}` } };
  }
}

/** Written as `Name:value`. */
function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}

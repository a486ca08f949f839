/**
 * MLflow's tracking server, over its REST API (2.0). A metric is known by its name, step, time and value, all of which are those of the stored step, so that
 * the server keeps one of what it is sent twice. Its run is found again by a tag where an attempt has died after making it.
 */
import { refusalOf } from '../../../outgoing/post.js';
import type { IntegrationOf } from '../../../spec/run/integrations.js';
import type { ToldTrajectory } from '../../../store/run-integrations.js';
import { answerTo, below, jsonOf, type AskOptions } from './ask.js';
import { flattened, runName, type Batch, type Sink, type SinkContext } from './sink.js';

/** What one request of log-batch may hold. */
const MAX_METRICS = 1000;
const MAX_PARAMS = 100;
const TAG = 'bough.run';
/** What the server keeps files under, when it takes them itself. */
const PROXIED = 'mlflow-artifacts:/';
const STATUS: Readonly<Record<string, string>> = { succeeded: 'FINISHED', failed: 'FAILED', cancelled: 'KILLED' };

export class MlflowSink implements Sink {
  constructor(
    private readonly spec: IntegrationOf<'mlflow'>,
    private readonly context: SinkContext,
  ) {}

  async send({ steps, trajectories }: Batch): Promise<void> {
    const run_id = await this.runId();
    const metrics = steps.flatMap(({ step, metrics: values, at }) =>
      Object.entries(values).map(([key, value]) => ({ key: named(key), value, timestamp: at.getTime(), step })),
    );
    for (const part of parts(metrics, MAX_METRICS)) await this.post('runs/log-batch', { run_id, metrics: part });
    for (const step of new Set(trajectories.map((one) => one.step))) {
      const ofStep = trajectories.filter((one) => one.step === step);
      await this.putTable(step, ofStep);
    }
  }

  async finish(): Promise<void> {
    const { status, finishedAt } = this.context.run;
    await this.post('runs/update', {
      run_id: await this.runId(),
      status: STATUS[status],
      end_time: finishedAt?.getTime(),
    });
  }

  private async runId(): Promise<string> {
    const { external } = this.context;
    external['experiment_id'] ??= await this.experiment();
    external['run_id'] ??=
      (await this.foundRun(external['experiment_id'])) ?? (await this.newRun(external['experiment_id']));
    return external['run_id'];
  }

  private async experiment(): Promise<string> {
    const { experiment } = this.spec;
    const url = this.at('experiments/get-by-name', { experiment_name: experiment });
    const found = await answerTo(this.options, 'GET', url);
    if (found.status !== 404) return text(jsonOf(url, found)['experiment'], 'experiment_id');
    return text(await this.post('experiments/create', { name: experiment }), 'experiment_id');
  }

  private async foundRun(experiment: string): Promise<string | null> {
    const filter = `tags.\`${TAG}\` = '${this.tag}'`;
    const { runs } = await this.post('runs/search', { experiment_ids: [experiment], filter, max_results: 1 });
    const [run] = (runs ?? []) as { info: unknown }[];
    if (!run) return null;
    return this.described(run.info);
  }

  private async newRun(experiment: string): Promise<string> {
    const { run } = this.context;
    const { run: made } = await this.post('runs/create', {
      experiment_id: experiment,
      run_name: runName(this.spec, run),
      start_time: run.createdAt.getTime(),
      tags: [{ key: TAG, value: this.tag }],
    });
    return this.described((made as { info?: unknown } | undefined)?.info);
  }

  /** Before its steps, and again where an attempt has died half-way: what is written twice is the same. */
  private async described(info: unknown): Promise<string> {
    const run_id = text(info, 'run_id');
    const { integrations: _, ...spec } = this.context.run.spec;
    const params = flattened(spec).map(([key, value]) => ({ key: named(key), value }));
    for (const part of parts(params, MAX_PARAMS)) await this.post('runs/log-batch', { run_id, params: part });
    this.context.external['artifact_uri'] = text(info, 'artifact_uri');
    return run_id;
  }

  /** As MLflow's own `log_table` writes it. */
  private async putTable(step: number, trajectories: readonly ToldTrajectory[]): Promise<void> {
    const { artifact_uri: place = '' } = this.context.external;
    if (!place.startsWith(PROXIED)) {
      const remedy = 'start it with --serve-artifacts, or leave trajectories out';
      throw new Error(`${new URL(this.spec.url).host} takes no files over HTTP, it keeps them at ${place}: ${remedy}`);
    }
    const columns = Object.keys(trajectories[0] ?? {}) as (keyof ToldTrajectory)[];
    const data = trajectories.map((trajectory) => columns.map((column) => trajectory[column]));
    const folder = place.slice(PROXIED.length).replace(/^\/+/, '');
    const file = `trajectories/step-${String(step).padStart(7, '0')}.json`;
    const url = below(this.spec.url, `api/2.0/mlflow-artifacts/artifacts/${folder}/${file}`);
    const answer = await answerTo(this.options, 'PUT', url, { columns, data });
    if (!answer.ok) throw new Error(refusalOf(url, answer));
  }

  private async post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const url = this.at(path);
    return jsonOf(url, await answerTo(this.options, 'POST', url, body));
  }

  private at(path: string, query?: Readonly<Record<string, string>>): URL {
    return below(this.spec.url, `api/2.0/mlflow/${path}`, query);
  }

  private get tag(): string {
    return `${this.context.run.id}/${this.context.place}`;
  }

  private get options(): AskOptions {
    const { outgoing, signal, secret } = this.context;
    return { outgoing, signal, headers: authorization(secret) };
  }
}

function authorization(secret: string | null): Record<string, string> {
  if (secret === null) return {};
  const value = secret.includes(':') ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${secret}`;
  return { authorization: value };
}

/** MLflow takes letters, digits and these marks in names. */
const named = (name: string): string => name.replaceAll(/[^A-Za-z0-9_\-. :/]/g, '_');

function text(value: unknown, name: string): string {
  const found = (value as Record<string, unknown> | null | undefined)?.[name];
  if (typeof found !== 'string') throw new Error(`its answer has no ${name}: is it a server of MLflow?`);
  return found;
}

function* parts<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

/** A Trackio server of one's own, over the HTTP API that its client uses (version 1). An entry has an id, so that the server keeps one of what it is sent twice. */
import type { IntegrationOf } from '../../../spec/run/integrations.js';
import type { ToldTrajectory } from '../../../store/run-integrations.js';
import { answerTo, below, jsonOf } from './ask.js';
import { flattened, runName, type Batch, type Sink, type SinkContext } from './sink.js';

const WRITE_TOKEN = 'x-trackio-write-token';

export class TrackioSink implements Sink {
  constructor(
    private readonly spec: IntegrationOf<'trackio'>,
    private readonly context: SinkContext,
  ) {}

  async send({ steps, trajectories }: Batch): Promise<void> {
    const { run, place, outgoing, signal, secret } = this.context;
    const { integrations: _, ...spec } = run.spec;
    const run_id = `${run.id}-${place}`;
    const config = Object.fromEntries(flattened(spec));
    const entry = { project: this.spec.project, run: runName(this.spec, run), run_id, config };
    const logs = steps.map(({ step, metrics }) => {
      const ofStep = trajectories.filter((one) => one.step === step);
      return { ...entry, step, log_id: `${run_id}-${step}`, metrics: { ...metrics, ...tableOf(ofStep) } };
    });
    const url = below(this.spec.url, 'api/bulk_log');
    const headers: Record<string, string> = secret === null ? {} : { [WRITE_TOKEN]: secret };
    const body = { args: [], kwargs: { logs, hf_token: null } };
    const { error } = jsonOf(url, await answerTo({ outgoing, signal, headers }, 'POST', url, body));
    if (typeof error === 'string') throw new Error(`${url.host} refused: ${error}`);
    this.context.external['run_id'] = run_id;
  }

  /** Trackio knows no end of a run. */
  async finish(): Promise<void> {}
}

function tableOf(trajectories: readonly ToldTrajectory[]): Record<string, unknown> {
  return trajectories.length === 0 ? {} : { trajectories: { _type: 'trackio.table', _value: trajectories } };
}

/**
 * Tells experiment trackers of the runs that are to be told to them, from every API process: what is in PostgreSQL, in the order of the steps, and again with
 * growing waits for about a day while a server does not take it. How far each is, is stored after every batch; what a process that dies has sent is sent again.
 * No run waits for it.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveryLoop } from '../../outgoing/delivery-loop.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { shortened } from '../../outgoing/text.js';
import { timeLimit } from '../../outgoing/time-limit.js';
import { withoutSecrets } from '../../outgoing/without-secrets.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import type { ResolvedIntegration } from '../../spec/run/integrations.js';
import { Run } from '../../store/entities/run.entity.js';
import { ProjectSecrets } from '../../store/project-secrets.js';
import {
  recordFailure,
  recordSent,
  sampledTrajectories,
  stepsAfter,
  takeDueIntegrations,
  type DueIntegration,
  type Sent,
  type ToldStep,
  type ToldTrajectory,
} from '../../store/run-integrations.js';
import { MlflowSink } from './sinks/mlflow.js';
import type { Sink, SinkContext } from './sinks/sink.js';
import { TrackioSink } from './sinks/trackio.js';
import { WandbSink } from './sinks/wandb.js';

/** That one process tells at a time: a server that is slow holds up its own alone. */
const AT_ONCE = 10;
/** Of one batch with all its requests; shorter than the lease. */
const TIMEOUT_S = 45;
const LEASE_S = 60;
const STEPS_AT_ONCE = 50;
/** After which a run that goes on is looked at again. */
const REST_S = 2;

const MINUTE_S = 60;
const HOUR_S = 3600;
/** After the first failure, the second, …: together a day. */
const WAITS_S = [5, 30, 2 * MINUTE_S, 10 * MINUTE_S, HOUR_S, 3 * HOUR_S, 7 * HOUR_S, 13 * HOUR_S];

type Sinks = {
  readonly [T in ResolvedIntegration['type']]: (
    spec: Extract<ResolvedIntegration, { type: T }>,
    context: SinkContext,
  ) => Sink;
};

const SINKS: Sinks = {
  mlflow: (spec, context) => new MlflowSink(spec, context),
  trackio: (spec, context) => new TrackioSink(spec, context),
  wandb: (spec, context) => new WandbSink(spec, context),
};

@Injectable()
export class IntegrationSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(IntegrationSender.name);
  private readonly loop = new DeliveryLoop({
    deliver: () => this.tellDue(),
    atOnce: AT_ONCE,
    onProblem: (reason) => this.logger.warn(`Integrations wait: ${reason}`),
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: ProjectSecrets,
    private readonly outgoing: Outgoing,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.close();
  }

  /** @returns how many were due */
  private async tellDue(): Promise<number> {
    const due = await takeDueIntegrations(this.dataSource.manager, AT_ONCE, LEASE_S);
    await Promise.all(due.map((integration) => this.tell(integration)));
    return due.length;
  }

  private async tell(due: DueIntegration): Promise<void> {
    const { dataSource, loop } = this;
    const external = { ...due.external };
    const { signal, end } = timeLimit(TIMEOUT_S, loop.signal);
    const secrets: string[] = [];
    try {
      const { secret: name } = due.spec;
      if (name !== null) secrets.push(await this.secrets.value(due.projectId, name));
      const { sent, againS } = await this.batch(due, external, secrets[0] ?? null, signal);
      await dataSource.transaction((manager) => recordSent(manager, due, sent, againS));
    } catch (error) {
      // Another process goes on when the lease has ended.
      if (loop.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      const said = signal.aborted ? `it took more than ${TIMEOUT_S} s` : withoutSecrets(reason, secrets);
      const failure = { error: shortened(said, 500), external };
      const againS = WAITS_S[due.attempts - 1] ?? null;
      await dataSource.transaction((manager) => recordFailure(manager, due, failure, againS));
    } finally {
      end();
    }
  }

  /** The next steps, and the end where there are no more. */
  private async batch(
    { runId, place, spec, step, projectId }: DueIntegration,
    external: Record<string, string>,
    secret: string | null,
    signal: AbortSignal,
  ): Promise<{ sent: Sent; againS: number }> {
    const { manager } = this.dataSource;
    // Before its steps: one that is over gets none after them.
    const run = await manager.findOneByOrFail(Run, { id: runId, projectId });
    const steps = await stepsAfter(manager, runId, step, STEPS_AT_ONCE);
    const context = { outgoing: this.outgoing, secret, signal, run, place, external };
    const sink = (SINKS[spec.type] as (spec: ResolvedIntegration, context: SinkContext) => Sink)(spec, context);
    if (steps.length > 0) await sink.send({ steps, trajectories: await this.trajectoriesOf(runId, spec, steps) });
    const hasMore = steps.length === STEPS_AT_ONCE;
    const isDone = !hasMore && FINAL_RUN_STATUSES.includes(run.status);
    if (isDone) await sink.finish();
    return { sent: { step: steps.at(-1)?.step ?? step, external, isDone }, againS: hasMore ? 0 : REST_S };
  }

  private async trajectoriesOf(
    runId: string,
    { trajectories: asked }: ResolvedIntegration,
    steps: readonly ToldStep[],
  ): Promise<ToldTrajectory[]> {
    if (asked === null) return [];
    const sampled: ToldTrajectory[] = [];
    for (const { step } of steps.filter((one) => one.step % asked.every_steps === 0)) {
      sampled.push(...(await sampledTrajectories(this.dataSource.manager, runId, step, asked.count)));
    }
    return sampled;
  }
}

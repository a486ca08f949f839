/** Rollouts of agents that are outside, from the side of whoever drives the agents. A worker hears how they end, and its trainer answers the agents. */
import { Injectable } from '@nestjs/common';
import { DataSource, In, Not, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { checkCursorOfRun, page, readPage, type Page } from '../../http/answer/page.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { hashKey, newRolloutKeyText } from '../../http/keys/api-key-text.js';
import { ChatBus } from '../../queue/chat-bus.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { isExternal, rewardOf } from '../../spec/run-spec.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import { ExternalRollout } from '../../store/entities/external-rollout.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { endRollout, isOpen, openRollout } from '../../store/external-rollouts.js';
import {
  externalRolloutObject,
  type ExternalRolloutObject,
  type NewExternalRollout,
  type RolloutEnd,
  type RolloutQuery,
} from './external-rollout.schema.js';

/** Until a client asks again. */
const RETRY_S = 1;

interface Named {
  readonly runId: string;
  readonly id: string;
}

@Injectable()
export class ExternalRolloutsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly bus: ChatBus,
  ) {}

  /**
   * @param address of this service, as the client reaches it
   * @throws {AppError} ROLLOUTS_NOT_WANTED while the run has all that it wants; RUN_TAKES_NO_ROLLOUTS, RUN_FINISHED
   */
  open(request: IdempotentRequest, runId: string, address: string): Promise<NewExternalRollout> {
    return this.idempotency.once(
      request,
      async (manager): Promise<NewExternalRollout> => {
        const { projectId } = request;
        const run = await findOwned(manager, Run, 'run', { projectId, id: runId });
        checkTakesRollouts(run);
        const { spec, datasetId } = run;
        const key = newRolloutKeyText();
        const timeoutS = 'rollout' in spec ? spec.rollout.timeout_s : 0;
        const opened = await openRollout(manager, { runId, keyHash: hashKey(key), timeoutS });
        if (!opened) throw new AppError('ROLLOUTS_NOT_WANTED', { runId, reason: whyNot(run), retryAfterS: RETRY_S });
        const { index, data } = await manager.findOneByOrFail(DatasetExample, { datasetId, index: opened.example });
        return {
          ...externalRolloutObject(opened),
          example: { index, data: { ...data } },
          base_url: `${address}/v1/runs/${runId}/rollouts/${opened.id}`,
          api_key: key,
        };
      },
      (answer) => ({ ...answer, api_key: null }),
    );
  }

  async list(
    projectId: string,
    runId: string,
    { status, step, ...query }: RolloutQuery,
  ): Promise<Page<ExternalRolloutObject>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    await checkCursorOfRun(manager, ExternalRollout, { projectId, runId }, query.after);
    const rollouts = manager
      .createQueryBuilder(ExternalRollout, 'rollout')
      .where({ runId, status: status ? In(status) : Not('waiting'), ...(step !== undefined && { step }) });
    const { rows, hasMore } = await readPage(rollouts, 'id', query);
    return page(rows.map(externalRolloutObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, named: Named): Promise<ExternalRolloutObject> {
    return externalRolloutObject(await find(this.dataSource.manager, projectId, named));
  }

  /** A reward that is given again takes the place of the one before. @throws {AppError} ROLLOUT_ENDED */
  reward(request: IdempotentRequest, named: Named, reward: number): Promise<ExternalRolloutObject> {
    return this.idempotency.once(request, async (manager) => {
      const rollout = await findOpen(manager, request.projectId, named);
      await manager.update(ExternalRollout, { id: rollout.id }, { reward });
      return { ...externalRolloutObject(rollout), reward };
    });
  }

  /** @throws {AppError} ROLLOUT_ENDED; INVALID_REQUEST where nobody says what it was worth */
  async finish(
    request: IdempotentRequest,
    named: Named,
    { reward, error }: RolloutEnd,
  ): Promise<ExternalRolloutObject> {
    const { projectId } = request;
    const answer = await this.idempotency.once(request, async (manager) => {
      const rollout = await findOpen(manager, projectId, named);
      const run = await findOwned(manager, Run, 'run', { projectId, id: named.runId });
      const worth = reward ?? rollout.reward;
      if (worth === null && error === undefined && rewardOf(run.spec) === null) {
        throw AppError.invalid(
          'reward',
          'is missing: the run has no reward of its own, so say what the rollout was worth',
        );
      }
      await endRollout(manager, rollout.id, { reward: worth, error: error ?? null });
      return externalRolloutObject(await find(manager, projectId, named));
    });
    // Only so that the worker need not wait until it looks by itself.
    await this.bus.ask(named.runId, { kind: 'look' }).catch(() => undefined);
    return answer;
  }
}

async function find(manager: EntityManager, projectId: string, { runId, id }: Named, lock = false) {
  await findOwned(manager, Run, 'run', { projectId, id: runId });
  const rollout = await manager.findOne(ExternalRollout, {
    where: { id, runId, status: Not('waiting') },
    ...(lock && { lock: { mode: 'pessimistic_write' as const } }),
  });
  if (!rollout) throw new AppError('NOT_FOUND', { object: 'rollout', id });
  return rollout;
}

/** Locked until the transaction ends: of two that finish it at once the second finds it ended. */
async function findOpen(manager: EntityManager, projectId: string, named: Named): Promise<ExternalRollout> {
  const rollout = await find(manager, projectId, named, true);
  if (!(await isOpen(manager, rollout.id)))
    throw new AppError('ROLLOUT_ENDED', { rolloutId: rollout.id, status: rollout.status });
  return rollout;
}

function checkTakesRollouts({ id: runId, status, spec }: Run): void {
  if (!isExternal(spec)) {
    const reason = 'it samples by itself; one that waits for agents has rollout.source external';
    throw new AppError('RUN_TAKES_NO_ROLLOUTS', { runId, reason });
  }
  if (FINAL_RUN_STATUSES.includes(status))
    throw new AppError('RUN_FINISHED', { runId, status, action: 'given rollouts' });
  if (status === 'paused' || status === 'pausing')
    throw new AppError('RUN_TAKES_NO_ROLLOUTS', { runId, reason: `it is ${status}; resume it first` });
  if (status === 'cancelling') throw new AppError('RUN_TAKES_NO_ROLLOUTS', { runId, reason: 'it is being cancelled' });
}

function whyNot({ status, progress }: Run): string {
  if (status !== 'running') return `it is ${status}, and no worker waits for rollouts yet`;
  if (progress.phase === 'rollout' || progress.phase === null) return 'all of its step have been asked for';
  return `its phase is ${progress.phase}`;
}

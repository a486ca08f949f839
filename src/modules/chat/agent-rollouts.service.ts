/** Rollouts of agents that are outside, as far as their agents talk with the policy. How they begin and end: modules/external-rollouts. */
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { hashKey } from '../../http/keys/api-key-text.js';
import type { RolloutSlot } from '../../spec/chat.js';
import { ExternalRollout } from '../../store/entities/external-rollout.entity.js';
import { Project } from '../../store/entities/project.entity.js';
import { isOpen } from '../../store/external-rollouts.js';
import { checkSampling } from '../../store/quotas.js';
import type { Answerer } from './chat.service.js';

@Injectable()
export class AgentRolloutsService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Who answers the holder of a rollout's key, and for which rollout.
   * @throws {AppError} UNAUTHENTICATED also for the key of another rollout; PROJECT_DISABLED, QUOTA_REACHED, ROLLOUT_ENDED
   */
  async answererOf(runId: string, id: string, key: string): Promise<{ answerer: Answerer; slot: RolloutSlot }> {
    const { manager } = this.dataSource;
    const rollout = await manager.findOneBy(ExternalRollout, { id, runId });
    if (!rollout?.keyHash || !isKey(key, rollout.keyHash))
      throw new AppError('UNAUTHENTICATED', { reason: 'not_of_this_rollout' });
    const { projectId, step, tree, index } = rollout;
    const project = await manager.findOneByOrFail(Project, { id: projectId });
    if (project.disabledAt) throw new AppError('PROJECT_DISABLED', {});
    await checkSampling(manager, projectId);
    await this.checkOpen(id);
    const answerer: Answerer = {
      id: runId,
      begin: async () => {},
      look: async (isTaken, isExpired) => {
        await this.checkOpen(id);
        if (!isTaken && isExpired)
          throw new AppError('NOT_READY', { waitingFor: [`the worker of ${runId}: try again`] });
      },
    };
    return { answerer, slot: { step, tree, index } };
  }

  private async checkOpen(id: string): Promise<void> {
    const { manager } = this.dataSource;
    if (await isOpen(manager, id)) return;
    const rollout = await manager.findOneBy(ExternalRollout, { id });
    throw new AppError('ROLLOUT_ENDED', { rolloutId: id, status: rollout?.status ?? 'lost' });
  }
}

const isKey = (key: string, hash: string): boolean => timingSafeEqual(Buffer.from(hashKey(key)), Buffer.from(hash));

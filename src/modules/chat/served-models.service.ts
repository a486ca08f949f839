/** Models and checkpoints that are talked with: whether one can be, and that a worker serves it. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { findOwned } from '../../http/find-owned.js';
import { JobTickets } from '../../queue/job-tickets.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { servingOf, serveModel } from '../../store/jobs.js';
import { checkSampling } from '../../store/quotas.js';
import { NO_CHAT_TEMPLATE } from '../../store/references.js';
import { failureOf, type Answerer } from './chat.service.js';

/** Codes of a serving that has failed where the model is not to blame, and the same request may be answered. */
const SERVICE_FAULTS: ReadonlySet<string> = new Set(['attempts_exhausted', 'internal']);

@Injectable()
export class ServedModelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tickets: JobTickets,
  ) {}

  /** @throws {AppError} NOT_FOUND, NOT_READY, QUOTA_REACHED, or INVALID_REQUEST for a model that cannot be talked with */
  async answererOf(projectId: string, id: string): Promise<Answerer> {
    await this.check(projectId, id);
    return {
      id,
      begin: () => this.serve(projectId, id),
      look: async (isTaken, isExpired) => {
        if (!isTaken) await this.look(projectId, id, isExpired);
      },
    };
  }

  private async check(projectId: string, id: string): Promise<void> {
    const { manager } = this.dataSource;
    await checkSampling(manager, projectId);
    if (id.startsWith('ckpt_')) {
      await findOwned(manager, Checkpoint, 'checkpoint', { projectId, id }, { param: 'model' });
      return;
    }
    const model = await findOwned(manager, Model, 'model', { projectId, id }, { param: 'model' });
    const { status, error, hasChatTemplate } = model;
    if (status === 'processing')
      throw new AppError('NOT_READY', { waitingFor: [`the model ${id}, which is being made`] });
    if (status === 'failed')
      throw AppError.invalid('model', `${id} is not usable: ${error?.message ?? 'it has failed'}`);
    if (hasChatTemplate === false) throw AppError.invalid('model', `${id} is not usable: ${NO_CHAT_TEMPLATE}`);
  }

  private async serve(projectId: string, modelId: string): Promise<void> {
    const job = await serveModel(this.dataSource.manager, projectId, modelId);
    if (job) await this.tickets.issue(job);
  }

  /** Nobody has taken the request yet: the serving may have failed, or have just ended. */
  private async look(projectId: string, modelId: string, isExpired: boolean): Promise<void> {
    const serving = await servingOf(this.dataSource.manager, modelId);
    if (serving?.status === 'failed') {
      const { code, message } = serving.error ?? { code: 'internal', message: 'it failed' };
      throw failureOf({ category: SERVICE_FAULTS.has(code) ? 'server' : 'user', message });
    }
    if (isExpired) {
      throw new AppError('NOT_READY', { waitingFor: [`a worker that is free to load ${modelId}: try again later`] });
    }
    if (serving?.status === 'done' || serving?.status === 'cancelled') await this.serve(projectId, modelId);
  }
}

/** How far the experiment trackers of a run are. They are told by `integration-sender.ts`. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { RunIntegration } from '../../store/entities/run-integration.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { integrationObject, type RunIntegrationList } from './integration.schema.js';

@Injectable()
export class IntegrationsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, runId: string): Promise<RunIntegrationList> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    const rows = await manager.find(RunIntegration, { where: { runId }, order: { place: 'ASC' } });
    return { object: 'list', data: rows.map(integrationObject) };
  }
}

/** The projects of this service, as its operator sees them: not what is in them. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { KnownKeys } from '../../http/keys/known-keys.js';
import { Project } from '../../store/entities/project.entity.js';
import { newId } from '../../store/ids.js';
import { pauseRunsOf } from '../../store/jobs.js';
import { projectObject, type NewProject, type ProjectChanges, type ProjectObject } from './project.schema.js';

@Injectable()
export class ProjectsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly keys: KnownKeys,
  ) {}

  /** @throws {AppError} PROJECT_NAME_TAKEN */
  create(request: IdempotentRequest, { name, limits = {}, retention = {} }: NewProject): Promise<ProjectObject> {
    return this.idempotency.once(request, async (manager) => {
      const id = newId('project');
      const { raw } = await manager
        .createQueryBuilder()
        .insert()
        .into(Project)
        .values({ id, name, limits: present(limits), retention: present(retention) })
        .orIgnore()
        .returning('id')
        .execute();
      if ((raw as unknown[]).length === 0) throw new AppError('PROJECT_NAME_TAKEN', { name });
      return found(manager, id);
    });
  }

  async list(query: PageQuery): Promise<Page<ProjectObject>> {
    const projects = this.dataSource.manager.createQueryBuilder(Project, 'project');
    const { rows, hasMore } = await readPage(projects, 'id', query);
    return page(rows.map(projectObject), hasMore, ({ id }) => id);
  }

  get(id: string): Promise<ProjectObject> {
    return found(this.dataSource.manager, id);
  }

  async change(
    request: IdempotentRequest,
    id: string,
    { limits = {}, retention = {} }: ProjectChanges,
  ): Promise<ProjectObject> {
    const answer = await this.idempotency.once(request, async (manager) => {
      await manager.query(
        'UPDATE projects SET limits = jsonb_strip_nulls(limits || $2), retention = jsonb_strip_nulls(retention || $3) WHERE id = $1',
        [id, JSON.stringify(limits), JSON.stringify(retention)],
      );
      return found(manager, id);
    });
    this.keys.forgetProject(id);
    return answer;
  }

  /**
   * Disabling again keeps the time, and pauses what a worker was just taking up.
   * @throws {AppError} PROJECT_OF_THIS_KEY
   */
  async disable(request: IdempotentRequest, id: string): Promise<ProjectObject> {
    if (id === request.projectId) throw new AppError('PROJECT_OF_THIS_KEY', { projectId: id });
    const answer = await this.idempotency.once(request, async (manager) => {
      await manager.query('UPDATE projects SET disabled_at = coalesce(disabled_at, now()) WHERE id = $1', [id]);
      await pauseRunsOf(manager, id);
      return found(manager, id);
    });
    this.keys.forgetProject(id);
    return answer;
  }

  async enable(request: IdempotentRequest, id: string): Promise<ProjectObject> {
    const answer = await this.idempotency.once(request, async (manager) => {
      await manager.update(Project, { id }, { disabledAt: null });
      return found(manager, id);
    });
    this.keys.forgetProject(id);
    return answer;
  }
}

/** What is stored: limits, and times, that there are. */
function present<T extends object>(given: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) as Partial<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;
}

/** @throws {AppError} NOT_FOUND */
async function found(manager: EntityManager, id: string): Promise<ProjectObject> {
  const project = await manager.findOneBy(Project, { id });
  if (!project) throw new AppError('NOT_FOUND', { object: 'project', id });
  return projectObject(project);
}

/** The secrets of a project. They go in here; only a worker gets them out. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { Secret } from '../../store/entities/secret.entity.js';
import { newId } from '../../store/ids.js';
import { ProjectSecrets } from '../../store/project-secrets.js';
import { secretObject, type NewSecret, type SecretObject } from './secret.schema.js';

@Injectable()
export class SecretsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly secrets: ProjectSecrets,
  ) {}

  /** @throws {AppError} SECRETS_OFF */
  async put(request: IdempotentRequest, { name, value }: NewSecret): Promise<SecretObject> {
    const { projectId } = request;
    const sealed = this.secrets.seal(projectId, name, value);
    return this.idempotency.once(request, async (manager) => {
      await manager.query(
        `INSERT INTO secrets (id, project_id, name, sealed) VALUES ($1, $2, $3, $4)
         ON CONFLICT (project_id, name) DO UPDATE SET sealed = $4, updated_at = clock_timestamp()`,
        [newId('secret'), projectId, name, sealed],
      );
      return secretObject(await manager.findOneByOrFail(Secret, { projectId, name }));
    });
  }

  async list(projectId: string, query: PageQuery): Promise<Page<SecretObject>> {
    const secrets = this.dataSource.manager.createQueryBuilder(Secret, 'secret').where({ projectId });
    const { rows, hasMore } = await readPage(secrets, 'id', query);
    return page(rows.map(secretObject), hasMore, ({ id }) => id);
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    const { affected } = await this.dataSource.manager.delete(Secret, { id, projectId });
    if (affected === 0) throw new AppError('NOT_FOUND', { object: 'secret', id });
    return { id, object: 'secret', deleted: true };
  }
}

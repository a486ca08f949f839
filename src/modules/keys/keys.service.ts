/** The keys of a project. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { KnownKeys } from '../../http/keys/known-keys.js';
import { page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { ApiKey } from '../../store/entities/api-key.entity.js';
import { insertKey } from './create-key.js';
import { keyObject, type CreatedKeyObject, type KeyObject, type NewKey } from './key.schema.js';

@Injectable()
export class KeysService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly known: KnownKeys,
  ) {}

  async create(request: IdempotentRequest, { name, expires_at }: NewKey): Promise<CreatedKeyObject> {
    const expiresAt = expires_at == null ? null : new Date(expires_at * 1000);
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw AppError.invalid('expires_at', 'must lie in the future');
    return this.idempotency.once(
      request,
      async (manager): Promise<CreatedKeyObject> => {
        const { key, row } = await insertKey(manager, { projectId: request.projectId, name, expiresAt });
        return { ...keyObject(row), key };
      },
      (answer) => ({ ...answer, key: null }),
    );
  }

  async list(projectId: string, query: PageQuery): Promise<Page<KeyObject>> {
    const keys = this.dataSource.manager.createQueryBuilder(ApiKey, 'key').where({ projectId, revokedAt: IsNull() });
    const { rows, hasMore } = await readPage(keys, 'id', query);
    return page(rows.map(keyObject), hasMore, ({ id }) => id);
  }

  async revoke(projectId: string, id: string): Promise<Deleted> {
    const { affected } = await this.dataSource.manager.update(
      ApiKey,
      { id, projectId, revokedAt: IsNull() },
      { revokedAt: new Date() },
    );
    if (affected === 0) throw new AppError('NOT_FOUND', { object: 'key', id });
    this.known.forget(id);
    return { id, object: 'key', deleted: true };
  }
}

/** The keys of a project. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { KnownKeys } from '../../http/keys/known-keys.js';
import { page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { PROJECT_SCOPES, type KeyScope } from '../../spec/enums.js';
import { ApiKey } from '../../store/entities/api-key.entity.js';
import { Project } from '../../store/entities/project.entity.js';
import { insertKey } from './create-key.js';
import { keyObject, type CreatedKeyObject, type KeyObject, type NewKey } from './key.schema.js';

@Injectable()
export class KeysService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly known: KnownKeys,
  ) {}

  /**
   * @param held scopes of the key that makes it
   * @throws {AppError} SCOPE_NOT_HELD
   */
  create(request: IdempotentRequest, held: readonly KeyScope[], body: NewKey): Promise<CreatedKeyObject> {
    const { scopes = held.filter((scope) => scope !== 'operator') } = body;
    const missing = scopes.find((scope) => !held.includes(scope));
    if (missing !== undefined) throw new AppError('SCOPE_NOT_HELD', { scope: missing, scopes: held });
    return this.make(request, { ...body, scopes }, request.projectId);
  }

  /** For an operator, who may give every scope. */
  async createFor(request: IdempotentRequest, id: string, body: NewKey): Promise<CreatedKeyObject> {
    const exists = await this.dataSource.manager.existsBy(Project, { id });
    if (!exists) throw new AppError('NOT_FOUND', { object: 'project', id });
    const { scopes = [...PROJECT_SCOPES] } = body;
    return this.make(request, { ...body, scopes }, id);
  }

  private async make(
    request: IdempotentRequest,
    { name, scopes, expires_at }: NewKey & { scopes: KeyScope[] },
    projectId: string,
  ): Promise<CreatedKeyObject> {
    const expiresAt = expires_at == null ? null : new Date(expires_at * 1000);
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw AppError.invalid('expires_at', 'must lie in the future');
    return this.idempotency.once(
      request,
      async (manager): Promise<CreatedKeyObject> => {
        const { key, row } = await insertKey(manager, { projectId, name, scopes, expiresAt });
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

/** Makes an API key, and its project when there is none of that name. Used by the API and by the commands that set an installation up. */
import type { DataSource, EntityManager } from 'typeorm';
import { hashKey, newKeyText, shownPrefix } from '../../http/keys/api-key-text.js';
import type { KeyScope } from '../../spec/enums.js';
import { ApiKey } from '../../store/entities/api-key.entity.js';
import { Project } from '../../store/entities/project.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';

export interface CreatedKey {
  /** The key itself. It is not stored, so this is the only time it can be seen. */
  key: string;
  keyId: string;
  projectId: string;
}

export async function createKey(
  dataSource: DataSource,
  { projectName, keyName, scopes }: { projectName: string; keyName: string; scopes: readonly KeyScope[] },
): Promise<CreatedKey> {
  return dataSource.transaction(async (manager) => {
    await manager
      .createQueryBuilder()
      .insert()
      .into(Project)
      .values({ id: newId('project'), name: projectName })
      .orIgnore()
      .execute();
    const { id: projectId } = await manager.findOneByOrFail(Project, { name: projectName });
    const { key, row } = await insertKey(manager, { projectId, name: keyName, scopes, expiresAt: null });
    return { key, keyId: row.id, projectId };
  });
}

/** Adds a key to a project that exists. */
export async function insertKey(
  manager: EntityManager,
  {
    projectId,
    name,
    scopes,
    expiresAt,
  }: Pick<ApiKey, 'projectId' | 'name' | 'expiresAt'> & { scopes: readonly KeyScope[] },
): Promise<{ key: string; row: ApiKey }> {
  const key = newKeyText();
  const row = await insertRow(manager, ApiKey, {
    id: newId('key'),
    projectId,
    name,
    hash: hashKey(key),
    prefix: shownPrefix(key),
    scopes: [...scopes],
    lastUsedAt: null,
    expiresAt,
    revokedAt: null,
  });
  return { key, row };
}

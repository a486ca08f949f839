/** Whether an API key is in force: when a request comes with it, and while an answer that lasts long is sent. */
import type { EntityManager } from 'typeorm';
import { ApiKey } from '../store/entities/api-key.entity.js';

/** Why this key is refused; null when it is in force. */
export function keyRefusal({ revokedAt, expiresAt }: ApiKey): 'unknown' | 'expired' | null {
  if (revokedAt) return 'unknown';
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : null;
}

export async function isKeyInForce(manager: EntityManager, id: string): Promise<boolean> {
  const key = await manager.findOneBy(ApiKey, { id });
  return key !== null && keyRefusal(key) === null;
}

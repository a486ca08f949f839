/**
 * Whose an API key is. What PostgreSQL says of a key counts for some seconds, so that a busy key costs no query per request: a key that was
 * revoked by another process is refused after `TRUSTED_MS` at the latest, one that was revoked by this process at once.
 */
import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsWhere } from 'typeorm';
import { ApiKey } from '../../store/entities/api-key.entity.js';
import { hashKey } from './api-key-text.js';

export const TRUSTED_MS = 5000;
/** Keys that are remembered at a time; the one that was looked up first makes room. */
const MAX_KEYS = 1000;

interface KnownKey {
  key: ApiKey;
  readAt: number;
}

/** A key, or why it is none. */
export type FoundKey = ApiKey | 'unknown' | 'expired';

@Injectable()
export class KnownKeys {
  /** By sha256. Only keys that exist: texts that somebody tries out are not remembered. */
  private readonly known = new Map<string, KnownKey>();
  /** How often a key was forgotten: what was read before that may be out of date. */
  private forgotten = 0;

  constructor(private readonly dataSource: DataSource) {}

  /** The key in force with this text, or why there is none. At once where it is remembered, as that of most requests is. */
  find(text: string): FoundKey | Promise<FoundKey> {
    const hash = hashKey(text);
    const key = this.fresh(this.known.get(hash));
    return key ? inForce(key) : this.read({ hash }).then(inForce);
  }

  /** Whether an answer that lasts long may still go on. */
  async isInForce(id: string): Promise<boolean> {
    const known = [...this.known.values()].find(({ key }) => key.id === id);
    const key = this.fresh(known) ?? (await this.read({ id }));
    return key !== null && refusal(key) === null;
  }

  /** To be called when a key has been revoked. */
  forget(id: string): void {
    this.forgotten++;
    for (const [hash, { key }] of this.known) if (key.id === id) this.known.delete(hash);
  }

  private fresh(known: KnownKey | undefined): ApiKey | undefined {
    const age = Date.now() - (known?.readAt ?? -Infinity);
    // Below 0 when the clock has been put back.
    return age >= 0 && age < TRUSTED_MS ? known?.key : undefined;
  }

  private async read(where: FindOptionsWhere<ApiKey>): Promise<ApiKey | null> {
    const { forgotten } = this;
    const readAt = Date.now();
    const key = await this.dataSource.manager.findOneBy(ApiKey, where);
    if (!key) return null;
    if (forgotten === this.forgotten) this.remember({ key, readAt });
    if (!key.lastUsedAt || Date.now() - key.lastUsedAt.getTime() > 60_000) await this.noteUse(key);
    return key;
  }

  private remember(known: KnownKey): void {
    // Again at the end, where those are that were read last.
    this.known.delete(known.key.hash);
    this.known.set(known.key.hash, known);
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_KEYS && oldest !== undefined) this.known.delete(oldest);
  }

  /** Once a minute at most, so that a busy key costs no write per request. */
  private async noteUse(key: ApiKey): Promise<void> {
    await this.dataSource.query(
      `UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [key.id],
    );
  }
}

function inForce(key: ApiKey | null): FoundKey {
  return key ? (refusal(key) ?? key) : 'unknown';
}

function refusal({ revokedAt, expiresAt }: ApiKey): 'unknown' | 'expired' | null {
  if (revokedAt) return 'unknown';
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : null;
}

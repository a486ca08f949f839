/**
 * Whose an API key is. What PostgreSQL says of a key and its project counts for some seconds, so that a busy key costs no query per request: a key that was
 * revoked by another process is refused after `TRUSTED_MS` at the latest, one that was revoked by this process at once.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ProjectLimits } from '../../spec/project-limits.js';
import { ApiKey } from '../../store/entities/api-key.entity.js';
import { selectRows, type With } from '../../store/select-rows.js';
import { hashKey } from './api-key-text.js';

export const TRUSTED_MS = 5000;
/** Keys that are remembered at a time; the one that was looked up first makes room. */
const MAX_KEYS = 1000;

/** A key with what counts of its project. */
export type StoredKey = With<ApiKey, 'project'> & {
  project: { disabled: boolean; limits: Partial<ProjectLimits> } | null;
};

interface KnownKey {
  key: StoredKey;
  readAt: number;
}

/** A key, or why it is none. */
export type FoundKey = StoredKey | 'unknown' | 'expired' | 'disabled';

const PROJECT =
  "(SELECT jsonb_build_object('disabled', disabled_at IS NOT NULL, 'limits', limits) FROM projects WHERE id = project_id)";

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
    return key ? inForce(key) : this.read('hash', hash).then(inForce);
  }

  /** Whether an answer that lasts long may still go on. */
  async isInForce(id: string): Promise<boolean> {
    const known = [...this.known.values()].find(({ key }) => key.id === id);
    const key = this.fresh(known) ?? (await this.read('id', id));
    return key !== null && refusal(key) === null;
  }

  /** To be called when a key has been revoked. */
  forget(id: string): void {
    this.forgotten++;
    for (const [hash, { key }] of this.known) if (key.id === id) this.known.delete(hash);
  }

  /** To be called when a project has been disabled or enabled, or has other limits. */
  forgetProject(projectId: string): void {
    this.forgotten++;
    for (const [hash, { key }] of this.known) if (key.projectId === projectId) this.known.delete(hash);
  }

  private fresh(known: KnownKey | undefined): StoredKey | undefined {
    const age = Date.now() - (known?.readAt ?? -Infinity);
    // Below 0 when the clock has been put back.
    return age >= 0 && age < TRUSTED_MS ? known?.key : undefined;
  }

  private async read(column: 'hash' | 'id', value: string): Promise<StoredKey | null> {
    const { forgotten } = this;
    const readAt = Date.now();
    const [key] = (await selectRows(this.dataSource.manager, ApiKey, {
      where: `${column} = $1`,
      parameters: [value],
      also: { project: PROJECT },
    })) as StoredKey[];
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

function inForce(key: StoredKey | null): FoundKey {
  return key ? (refusal(key) ?? key) : 'unknown';
}

function refusal({ revokedAt, expiresAt, project }: StoredKey): Exclude<FoundKey, StoredKey> | null {
  if (revokedAt) return 'unknown';
  if (expiresAt && expiresAt.getTime() <= Date.now()) return 'expired';
  return project?.disabled ? 'disabled' : null;
}

/** The secrets of projects: sealed with the operator's key when they are given, and opened by the worker that needs one. */
import type { DataSource } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import { Secret } from './entities/secret.entity.js';
import { seal, unseal } from './sealed.js';

export class ProjectSecrets {
  private readonly key: Buffer | null;

  /** @param key 32 bytes in base64; undefined: the operator has given none, and there are no secrets */
  constructor(
    private readonly dataSource: DataSource,
    key: string | undefined,
  ) {
    this.key = key === undefined ? null : Buffer.from(key, 'base64');
  }

  /** @throws {AppError} SECRETS_OFF */
  seal(projectId: string, name: string, value: string): Buffer {
    if (!this.key) throw new AppError('SECRETS_OFF', {});
    return seal(this.key, value, placeOf(projectId, name));
  }

  /** @throws {AppError} INPUT_FAILED when it has been deleted, or was sealed with another key than this process has */
  async value(projectId: string, name: string): Promise<string> {
    const failed = (reason: string) => new AppError('INPUT_FAILED', { object: 'secret', id: name, reason });
    if (!this.key) throw failed('the worker has no BOUGH_SECRETS_KEY');
    const secret = await this.dataSource.manager.findOneBy(Secret, { projectId, name });
    if (!secret) throw failed('it does not exist any more');
    try {
      return unseal(this.key, secret.sealed, placeOf(projectId, name));
    } catch {
      throw failed('it was sealed with another BOUGH_SECRETS_KEY than the worker has; post it again');
    }
  }
}

const placeOf = (projectId: string, name: string): string => `${projectId}/${name}`;

/**
 * The Hugging Face Hub, or a mirror of it: what a repository holds at a revision, and its files. Asks again after failures that pass, and goes on
 * where a download broke off. Knows nothing of models.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../../errors/app-error.js';
import type { AddressGuard } from '../../../outgoing/address-guard.js';
import { Outgoing } from '../../../outgoing/outgoing.js';
import { PassingFailure } from '../../../outgoing/passing-failure.js';
import { unreadable } from '../model-files.js';
import { HUB_LIMITS, type HubLimits } from './hub-limits.js';
import { MinimumThroughput } from './minimum-throughput.js';
import { bodyOf, get } from './request.js';

export interface HubOptions {
  /** e.g. `https://huggingface.co`; may have a path. */
  readonly endpoint: string;
  readonly token: string | null;
  readonly signal: AbortSignal;
  /** Of where it may redirect to. */
  readonly guard: AddressGuard;
  readonly limits?: HubLimits;
}

export interface HubFile {
  readonly name: string;
  /** Null where the hub does not say. */
  readonly sizeBytes: number | null;
  /** Of files in large file storage. */
  readonly sha256: string | null;
}

export interface HubRepository {
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const MAX_LISTING_BYTES = 2 ** 24;

const Listing = z.object({
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().min(0).nullish(),
      lfs: z.object({ size: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
    }),
  ),
});

export class Hub {
  private readonly endpoint: URL;
  private readonly limits: HubLimits;
  private readonly outgoing: Outgoing;

  constructor(private readonly options: HubOptions) {
    this.endpoint = new URL(`${options.endpoint.replace(/\/+$/, '')}/`);
    this.limits = options.limits ?? HUB_LIMITS;
    this.outgoing = new Outgoing(options.guard, this.endpoint.hostname);
  }

  /**
   * @param revision a branch, a tag or a commit
   * @throws {AppError} MODEL_UNREADABLE when there is no such thing for this token, HUB_UNAVAILABLE when the hub does not answer
   */
  async repository(repo: string, revision: string): Promise<HubRepository> {
    const path = `api/models/${encoded(repo)}/revision/${encodeURIComponent(revision)}?blobs=true`;
    const text = await this.persistently(async () => {
      const response = await this.get(path);
      if (!response.ok) throw await this.refusal(response, repo, revision);
      return this.text(response);
    });
    const listing = Listing.safeParse(jsonOf(text));
    if (!listing.success) throw this.unavailable('it does not answer as the Hub does; is HF_ENDPOINT right?');
    const { sha: commit, siblings } = listing.data;
    const files = siblings.map(({ rfilename: name, size, lfs }) => ({
      name,
      sizeBytes: lfs?.size ?? size ?? null,
      sha256: lfs?.sha256 ?? null,
    }));
    return { repo, commit, files };
  }

  /**
   * The bytes of a file, checked at the end against what the hub says of it.
   * @throws {AppError} as `repository`, and MODEL_UNREADABLE for bytes that are not what was announced
   */
  async *download({ repo, commit }: HubRepository, { name, sizeBytes, sha256 }: HubFile): AsyncGenerator<Uint8Array> {
    const path = `${encoded(repo)}/resolve/${commit}/${encoded(name)}`;
    const hash = createHash('sha256');
    const pace = new MinimumThroughput(this.limits);
    let received = 0;
    // A connection may break off after the last byte: there is nothing more to ask for then.
    for (let failures = 0; received === 0 || received !== sizeBytes;) {
      try {
        const response = await this.get(path, received);
        if (!response.ok) throw await this.refusal(response, repo, commit, name);
        // A hub that knows no ranges begins again.
        let skip = response.status === 206 ? 0 : received;
        for await (const chunk of bodyOf(response, this.limits, this.options.signal)) {
          pace.count(chunk.length);
          const fresh = chunk.subarray(Math.min(skip, chunk.length));
          skip -= chunk.length - fresh.length;
          if (fresh.length === 0) continue;
          hash.update(fresh);
          received += fresh.length;
          failures = 0;
          yield fresh;
        }
        if (sizeBytes !== null && received < sizeBytes) throw new PassingFailure(`${name} ended early`);
        break;
      } catch (error) {
        failures += 1;
        await this.pause(error, failures);
      }
    }
    if (sizeBytes !== null && received !== sizeBytes) {
      throw unreadable(`${name} has ${received} bytes, and the hub announced ${sizeBytes}`);
    }
    const actual = hash.digest('hex');
    if (sha256 !== null && actual !== sha256) {
      throw unreadable(`${name} was damaged on its way: its sha256 is ${actual}, and the hub announced ${sha256}`);
    }
  }

  private get(path: string, from = 0): Promise<Response> {
    const { token, signal } = this.options;
    const { outgoing, limits } = this;
    return get({ outgoing, url: new URL(path, this.endpoint), token, from, signal, limits });
  }

  private async text(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    const pace = new MinimumThroughput(this.limits);
    let bytes = 0;
    for await (const chunk of bodyOf(response, this.limits, this.options.signal)) {
      pace.count(chunk.length);
      bytes += chunk.length;
      if (bytes > MAX_LISTING_BYTES) throw this.unavailable(`its listing has more than ${MAX_LISTING_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  private async persistently<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        await this.pause(error, failures);
      }
    }
  }

  /** Before another try; rejects when there shall be none. */
  private async pause(error: unknown, failures: number): Promise<void> {
    const { signal } = this.options;
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    const { tries, firstWaitMs, maxWaitMs } = this.limits;
    if (!(error instanceof PassingFailure) || failures >= tries) throw this.unavailable((error as Error).message);
    const waitMs = Math.min(error.waitMs ?? firstWaitMs * 2 ** (failures - 1), maxWaitMs);
    await sleep(waitMs, undefined, { signal });
  }

  /** What a status from 400 on means. The body is not looked at: nobody knows what it quotes. */
  private async refusal(response: Response, repo: string, revision: string, name?: string): Promise<AppError> {
    await response.body?.cancel();
    const { status, headers } = response;
    const hub = this.endpoint.href.replace(/\/$/, '');
    const code = headers.get('x-error-code');
    if (code === 'RevisionNotFound')
      return unreadable(`${repo} has no revision ${revision}: give a branch, a tag or a commit`);
    if (code === 'GatedRepo') {
      return unreadable(`${repo} is gated: accept its terms at ${hub}/${repo}, and give a token that may read it`);
    }
    if (![401, 403, 404].includes(status)) return this.unavailable(`it answered ${status}`);
    if (name !== undefined) return unreadable(`${hub} does not give out ${name} of ${repo} (${status})`);
    const remedy =
      this.options.token === null
        ? 'or it is private: check the name, or give a token'
        : 'or the token may not read it: check the name, and what the token may do';
    return unreadable(`${hub} has no repository ${repo} with a revision ${revision}, ${remedy}`);
  }

  private unavailable(reason: string): AppError<'HUB_UNAVAILABLE'> {
    return new AppError('HUB_UNAVAILABLE', { endpoint: this.endpoint.href.replace(/\/$/, ''), reason });
  }
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

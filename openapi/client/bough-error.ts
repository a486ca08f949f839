/** What the service refused, as an error to be thrown. */
import type { components } from '../types.js';

type ErrorBody = components['schemas']['Error']['error'];

export class BoughError extends Error {
  override readonly name = 'BoughError';

  constructor(
    /** Stable, e.g. `dataset_in_use`. */
    readonly code: string,
    message: string,
    /** HTTP status; null when the request itself was answered, as for a model that could not be made. */
    readonly status: number | null = null,
    /** The field at fault. */
    readonly param: string | null = null,
    readonly problems: readonly { path: string; message: string }[] = [],
    /** To be named when asking the operator. */
    readonly requestId: string | null = null,
  ) {
    super(message);
  }

  /** The error that an answer carries; its body may be anything when a proxy has written it. */
  static of(response: Response, body: unknown): BoughError {
    const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: Partial<ErrorBody> };
    return new BoughError(
      error?.code ?? 'unexpected_answer',
      error?.message ?? `The server answered ${response.status} ${response.statusText}`,
      response.status,
      error?.param ?? null,
      error?.problems ?? [],
      response.headers.get('x-request-id'),
    );
  }

  static async from(response: Response): Promise<BoughError> {
    return BoughError.of(response, await response.json().catch(() => null));
  }
}

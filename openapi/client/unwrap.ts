import { BoughError } from './bough-error.js';

type Answer<T> = { data: T; error?: never; response: Response } | { data?: never; error: unknown; response: Response };

/**
 * The body of an answer of `bough.api`.
 * @throws {BoughError} when it is an error
 */
export function unwrap<T>(answer: Answer<T>): T {
  if (answer.response.ok) return answer.data as T;
  throw BoughError.of(answer.response, answer.error);
}

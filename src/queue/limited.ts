/** A limit for what is asked of Redis: a client of it waits for a lost server for as long as it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors/app-error.js';

const REDIS_LIMIT_MS = 5000;

/** @throws {AppError} NOT_READY when Redis does not answer */
export async function limited<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  const answer = await Promise.race([
    asked.then(
      (value) => ({ value }),
      () => null,
    ),
    sleep(REDIS_LIMIT_MS, null, { ref: false }),
  ]);
  if (answer === null) throw new AppError('NOT_READY', { waitingFor: ['Redis'] });
  return answer.value;
}

/** Tells an outage of PostgreSQL, which passes, from an error that stays. */
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

/** SQLSTATE classes and codes after which the same transaction may succeed: lost connections, transactions that stood still, restarts, deadlocks, serialisation, a full disk. */
const SQLSTATE = /^(08...|25P03|53[13]00|57P0[1-3]|40001|40P01)$/;
const SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // TypeORM gives a connection back when it is lost between two statements of a transaction: the next statement finds it gone.
  if (error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError) {
    return true;
  }
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code === 'string' && (SQLSTATE.test(code) || SYSTEM.has(code))) return true;
  return MESSAGE.test(error.message);
}

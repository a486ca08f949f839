/** Checks a call's arguments against the schema of a user's or a server's, which may refer to itself so that checking never ends. */
import { createContext, Script } from 'node:vm';
import { argumentsCheck, type ArgumentsCheck } from '../spec/tools/arguments-check.js';

/** Checking takes microseconds. */
const LIMIT_MS = 1000;

const run = new Script('check()');

/**
 * As `argumentsCheck`; a check that does not end within the limit, or within the stack, is a problem of its own.
 * @throws {Error} saying why it is no schema
 */
export function timelyCheck(parameters: Readonly<Record<string, unknown>>, limitMs = LIMIT_MS): ArgumentsCheck {
  const check = argumentsCheck(parameters);
  let current: unknown;
  const context = createContext({ check: () => check(current) });
  return (given) => {
    current = given;
    try {
      // Only V8 can stop it half-way.
      return run.runInContext(context, { timeout: limitMs }) as string | null;
    } catch (error) {
      const isLate = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      if (!isLate && !(error instanceof RangeError)) throw error;
      return `the arguments cannot be checked within ${limitMs} ms: the schema refers to itself too often`;
    }
  };
}

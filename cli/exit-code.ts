/** How a command ends, for scripts; and what it says when that is not well. */
import { CommanderError } from 'commander-14';
import { BoughError } from '../openapi/client.js';

/** What was waited for did not come to a good end: a run that failed, an evaluation that was cancelled. */
export class UnsuccessfulError extends Error {
  override readonly name = 'UnsuccessfulError';
}

/** What is wrong with what the user gave, found by the command itself. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const EXIT_CODES = `Exit codes: 0 done; 1 refused or failed; 2 wrong command line; 3 what was waited for did not succeed;
4 the service cannot be reached; 130 interrupted.`;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  if (error instanceof UnsuccessfulError) return 3;
  return isUnreachable(error) ? 4 : 1;
}

export function linesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [`bough: ${String(error)}`];
  if (isUnreachable(error)) return [`bough: the service cannot be reached: ${causeOf(error)}`];
  if (!(error instanceof BoughError)) return [`bough: ${error.message}`];
  const { message, problems, requestId } = error;
  return [
    `bough: ${message}`,
    ...(problems.length > 1 ? problems.map((problem) => `  ${problem.path}: ${problem.message}`) : []),
    ...(requestId === null ? [] : [`  request ${requestId}`]),
  ];
}

/** fetch says no more than that it failed; why is in the cause. */
const isUnreachable = (error: unknown): boolean => error instanceof TypeError && error.message === 'fetch failed';

function causeOf({ cause }: Error): string {
  const { code, message } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? message ?? 'the request failed';
}

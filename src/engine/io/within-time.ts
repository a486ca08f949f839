/** Ends what may never end by itself: chat templates and the patterns of tokenizers are programs that come with a model, and only V8 can stop one half-way. */
import { createContext, Script } from 'node:vm';
import { ModelFormatError } from '../format-error.js';

/** A template takes milliseconds. */
const LIMIT_MS = 5000;

const call = new Script('work()');

/**
 * The result of `work`, which is synchronous and renders or encodes what no user has written: a rendering in the midst of a run has no limit, so that
 * nothing that is trained on depends on time.
 * @throws {ModelFormatError} when it takes longer
 */
export function withinTime<T>(work: () => T, limitMs = LIMIT_MS): T {
  try {
    return call.runInContext(createContext({ work }), { timeout: limitMs }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const message = `the chat template or tokenizer did not finish in ${limitMs / 1000} s: simplify it`;
    throw new ModelFormatError(message, { cause: error });
  }
}

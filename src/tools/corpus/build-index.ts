/** Has a thread make the index of a corpus, so that nothing else waits for it. Knows not where texts come from, nor where the index is kept. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { threadUrl } from '../thread-url.js';
import type { FromBuildThread, ToBuildThread } from './build-thread.js';

/** Beside some 100 MB of arrays and, of each document, four bytes. */
const MEMORY_MB = 512;
/** For all of it. */
const LIMIT_MS = 1_800_000;

/**
 * Takes some twenty seconds for a million short documents. What lies in the folder after it has thrown is of no use.
 * @param texts of the documents in order, some at a time
 * @param path of the index, a file that does not exist yet
 */
export async function buildIndex(
  texts: AsyncIterable<readonly string[]>,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const thread = new Worker(threadUrl('build-thread', import.meta.url), {
    env: {},
    workerData: path,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const settled = new AbortController();
  const until = { signal: AbortSignal.any([signal, settled.signal]) };
  const broken = once(thread, 'exit', until).then(([status]) =>
    Promise.reject(new Error(`the thread that makes the index ended with ${status}`)),
  );
  broken.catch(() => undefined);
  const late = delay(LIMIT_MS, undefined, { ...until, ref: false }).then(() =>
    Promise.reject(new Error(`making the index took more than ${LIMIT_MS / 60_000} minutes`)),
  );
  late.catch(() => undefined);
  const said = (): Promise<FromBuildThread> =>
    Promise.race([once(thread, 'message', until).then(([message]) => message as FromBuildThread), broken, late]);
  const send = (message: ToBuildThread): void => thread.postMessage(message);
  try {
    await said();
    for await (const some of texts) {
      const asked = said();
      send(some);
      await asked;
    }
    const done = said();
    send(null);
    await done;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    settled.abort();
    await thread.terminate();
  }
}

/** A thread that makes an index: it is given texts, and asks for more when it has counted their words. It is stopped from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { IndexBuilder } from './index-builder.js';

/** null: there are no more. */
export type ToBuildThread = readonly string[] | null;
export type FromBuildThread = 'more' | 'done';

const builder = new IndexBuilder(workerData as string);
const say = (message: FromBuildThread): void => parentPort?.postMessage(message);

parentPort?.on('message', (texts: ToBuildThread) => {
  if (texts === null) {
    builder.finish();
    say('done');
    parentPort?.close();
    return;
  }
  for (const text of texts) builder.add(text);
  say('more');
});
say('more');

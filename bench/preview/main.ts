/**
 * `npm run bench:preview -- [--model DIR] [--json FILE]`: with a service of its own, previews a small supervised run and a small ARPO run, does both, and
 * compares what was promised with what they took. Without a model of Hugging Face's it makes a small one.
 */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createBough } from 'bough/client';
import { startBough } from '../../src/embedded/bough.js';
import { compareRuns } from './compare-runs.js';
import { materials } from './materials.js';
import { print } from './print.js';

const { values } = parseArgs({ options: { model: { type: 'string' }, json: { type: 'string' } } });
const { model, json } = values;
const directory = model === undefined ? null : resolve(model);
const service = await startBough({
  dataDir: resolve('.bough/bench-preview'),
  host: '127.0.0.1',
  port: 0,
  shutdownTimeoutS: 20,
  durable: false,
  env: { BLOB_DIR: '', ...(directory === null ? {} : { MODELS_DIR: dirname(directory) }) },
  log: (line) => console.error(`  ${line}`),
});
try {
  const bough = createBough({ baseUrl: service.url, apiKey: service.apiKey });
  const inputs = await materials(bough, directory && basename(directory));
  const results = [];
  for (const name of ['sft', 'arpo'] as const) results.push(await compareRuns(bough, name, inputs));
  print(results);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await service.stop();
}

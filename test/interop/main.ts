/**
 * `npm run interop -- --model DIR`: exports a Hugging Face directory as the service does, loads each export with transformers and PEFT, and compares ids, prompts,
 * logits and continuations with the engine's. Ends with `N passed, N failed`, and with 1 if anything failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkAdapter,
  checkRenamedTokenizer,
  checkRounding,
  checkTokenizer,
  checkWeights,
  exportAs,
  type Bench,
} from './checks.js';
import { pinnedPython } from '../../bench/harness/python.js';
import { Scoreboard } from './scoreboard.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    env: { type: 'string' },
    'transformers-4': { type: 'boolean', default: false },
    threads: { type: 'string', default: '0' },
  },
});
if (values.model === undefined) {
  console.error(`usage: npm run interop -- --model DIR [--env DIR] [--transformers-4] [--threads N]

  --model DIR        a Hugging Face directory; it is only read
  --env DIR          a virtual environment that has the packages of test/interop/requirements.txt, instead of one made for them
  --transformers-4   the tokenizer also with transformers 4, in an environment of its own
  --threads N        of the engine; default: as many as it sees fit`);
  process.exit(2);
}

const requirements = (name: string) => join(import.meta.dirname, name);
const scratch = await mkdtemp(join(tmpdir(), 'bough-interop-'));
const board = new Scoreboard();
try {
  const bench: Bench = {
    model: resolve(values.model),
    interpreter: values.env
      ? join(resolve(values.env), 'bin', 'python')
      : await pinnedPython(requirements('requirements.txt'), console.log),
    scratch,
    threads: Number(values.threads),
    board,
  };
  const whole = await exportAs(bench, 'float32');
  await checkTokenizer(bench, whole, 'tokenizer, transformers 5');
  await checkRenamedTokenizer(bench, whole);
  if (values['transformers-4']) {
    const older = { ...bench, interpreter: await pinnedPython(requirements('requirements-4.txt'), console.log) };
    await checkTokenizer(older, whole, 'tokenizer, transformers 4');
  }
  await checkWeights(bench, whole, 'float32');
  for (const dtype of ['bfloat16', 'float16'] as const) {
    const directory = await exportAs(bench, dtype);
    await checkWeights(bench, directory, dtype);
    await rm(directory, { recursive: true });
  }
  await checkRounding(bench, await checkAdapter(bench, whole));
} finally {
  await rm(scratch, { recursive: true });
}
process.exitCode = board.finish() ? 0 : 1;

/**
 * `npm run golden -- DIR …`: the engine against the golden sets of directories, quantity by quantity, executed in both ways.
 * `npm run golden -- --model DIR --numbers FILE [--weights f32|bf16]`: a real model against PyTorch's numbers for a few prompts.
 * Exits with 1 when a quantity is out of bounds.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import { GoldenSet } from './golden-set.js';
import { Scoreboard } from './print.js';
import { compareRealModel, type RealModelNumbers } from './real-model.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    numbers: { type: 'string' },
    weights: { type: 'string', default: 'f32' },
  },
});
const { model, numbers, weights } = values;
if ((positionals.length === 0) === (model === undefined) || (model === undefined) !== (numbers === undefined)) {
  console.error(
    'usage: npm run golden -- DIR …   or   npm run golden -- --model DIR --numbers FILE [--weights f32|bf16]',
  );
  process.exit(2);
}

const board = new Scoreboard();
if (model !== undefined && numbers !== undefined) {
  const expected = JSON.parse(await readFile(numbers, 'utf8')) as RealModelNumbers;
  await board.print(`${model}, ${weights}`, compareRealModel(model, expected, weights === 'bf16' ? 'bf16' : 'f32'));
}
for (const directory of positionals) {
  for (const name of await GoldenSet.list(directory)) {
    const set = await GoldenSet.load(directory, name);
    for (const execution of ['whole', 'blockwise'] as const) {
      await board.print(`${name}, ${execution}`, compare(set, execution));
    }
  }
}
board.finish();

/** `npm run golden -- DIR …`: the engine against the golden sets of directories, quantity by quantity. Exits with 1 when one is out of bounds. */
import { compare } from './compare.js';
import { GoldenSet } from './golden-set.js';

const directories = process.argv.slice(2);
if (directories.length === 0) {
  console.error(
    'usage: npm run golden -- DIR …   (directories with <model>/, <model>.json and <model>.tensors.safetensors)',
  );
  process.exit(2);
}
let passed = 0;
let failed = 0;
for (const directory of directories) {
  for (const name of await GoldenSet.list(directory)) {
    const set = await GoldenSet.load(directory, name);
    for (const execution of ['whole', 'blockwise'] as const) {
      const heads = ['ours', 'PyTorch', 'bound'].map((head) => head.padStart(9)).join(' ');
      console.log(`\n${`${name}, ${execution}`.padEnd(64)} ${heads}`);
      for await (const { quantity, error, torch, bound } of compare(set, execution)) {
        const good = error <= bound;
        if (good) passed += 1;
        else failed += 1;
        const numbers = [error, torch, bound].map((x) => x.toExponential(1).padStart(9)).join(' ');
        console.log(`${quantity.padEnd(64)} ${numbers}${good ? '' : '   OUT OF BOUNDS'}`);
      }
    }
  }
}
console.log(`\n${passed} within bounds, ${failed} out of bounds`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

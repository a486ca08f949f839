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
    console.log(
      `\n${name}\n${'quantity'.padEnd(64)} ${'ours'.padStart(9)} ${'PyTorch'.padStart(9)} ${'bound'.padStart(9)}`,
    );
    for await (const { quantity, error, torch, bound } of compare(await GoldenSet.load(directory, name))) {
      const good = error <= bound;
      if (good) passed += 1;
      else failed += 1;
      const [ours, theirs, limit] = [error, torch, bound].map((x) => x.toExponential(1).padStart(9));
      console.log(`${quantity.padEnd(64)} ${ours} ${theirs} ${limit}${good ? '' : '   OUT OF BOUNDS'}`);
    }
  }
}
console.log(`\n${passed} within bounds, ${failed} out of bounds`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

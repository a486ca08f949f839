/**
 * `npm run kernels`: compiles the inner loops that are written in AssemblyScript, every NAME.as below src/, into NAME.wasm.ts beside it.
 * With --check it writes nothing, and fails when what is committed is not what the sources give.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, root } from './ensure.mjs';

const isCheck = process.argv.includes('--check');
ensureDependencies();
const { default: asc } = await import('assemblyscript/asc');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.as'))
  .map((name) => `src/${name}`);
const stale = [];
for (const source of sources) {
  const target = source.replace(/\.as$/, '.wasm.ts');
  const text = await compiled(source);
  if (existsSync(join(root, target)) && readFileSync(join(root, target), 'utf8') === text) continue;
  if (!isCheck) writeFileSync(join(root, target), text);
  stale.push(target);
}
if (stale.length === 0) console.log('Nothing has changed.');
else if (!isCheck) console.log(`Wrote ${stale.join(', ')}.`);
else {
  console.log(`Not what the sources give: ${stale.join(', ')}. Run npm run kernels and commit it.`);
  process.exitCode = 1;
}

async function compiled(source) {
  const { error, binary, stderr } = await asc.compileString(readFileSync(join(root, source), 'utf8'), {
    optimizeLevel: 3,
    shrinkLevel: 0,
    noAssert: true,
    runtime: 'stub',
    enable: 'simd',
  });
  /** @type {{ toString(): string }} */
  const said = stderr;
  if (error) throw new Error(`${source}: ${said.toString() || error.message}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,140}/g);
  const name = source.slice(source.lastIndexOf('/') + 1);
  return [
    `/** ${name} as WebAssembly, in base64. Written by \`npm run kernels\`. */`,
    'export const MODULE =',
    ...lines.map((line, i) => `  '${line}'${i === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}

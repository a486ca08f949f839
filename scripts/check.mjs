/** `npm run check`: everything that is proven without running the service. One line for each check, its output if it fails. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensure, root } from './ensure.mjs';

const node = process.execPath;

/** Name, and the program with its arguments. */
export const checks = {
  format: [node, 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  lint: [node, 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  types: [node, 'node_modules/typescript/bin/tsc', '--noEmit'],
  "the page's types": [node, 'node_modules/typescript/bin/tsc', '--project', 'web'],
  imports: [
    node,
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    'src',
    'migrations',
    'openapi',
    'cli',
    'examples',
    'bench',
    'web/src',
    '--config',
    '--output-type',
    'err',
  ],
  'unused code': [node, 'node_modules/knip/bin/knip.js', '--no-progress'],
  migrations: [node, 'scripts/migration.mjs', 'check'],
  kernels: [node, 'scripts/kernels.mjs', '--check'],
  openapi: [node, 'scripts/openapi.mjs', '--check'],
};

/** Returns whether it passed. */
export function runCheck(name) {
  const [command, ...args] = checks[name];
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  const ok = status === 0;
  console.log(`${ok ? '✓' : '✗'} ${name}`);
  if (!ok) console.log(`${stdout}${stderr}`.trim());
  return ok;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensure();
  const failed = Object.keys(checks).filter((name) => !runCheck(name));
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`);
  process.exit(failed.length > 0 ? 1 : 0);
}

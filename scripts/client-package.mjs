/**
 * `npm run client:pack -- [FOLDER]`: writes the client of the API as a package of its own, bough-client-VERSION.tgz, which depends on nothing of the
 * service. Publishes nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureDependencies, root, runNpm } from './ensure.mjs';

const options = { cwd: root, timeout: 300_000 };
const target = resolve(process.argv[2] ?? '.');
ensureDependencies();
mkdirSync(target, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'bough-client-'));
try {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'openapi/tsconfig.package.json', '--outDir', staging];
  printed('tsc', spawnSync(process.execPath, compiler, { encoding: 'utf8', ...options }));
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  cpSync(join(root, 'openapi/README.md'), join(staging, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
  const archive = printed('npm pack', runNpm(['pack', staging, '--silent', '--pack-destination', target], options));
  console.log(join(target, archive.trim()));
} finally {
  rmSync(staging, { recursive: true });
}

function manifest() {
  const { version, license, type, engines, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const { 'openapi-fetch': openapiFetch, 'tar-stream': tarStream } = dependencies;
  return {
    name: 'bough-client',
    version,
    description:
      'Client of the Bough HTTP API: reinforcement learning for tool-using language-model agents as a service.',
    license,
    type,
    engines,
    sideEffects: false,
    exports: { '.': { types: './client.d.ts', default: './client.js' } },
    dependencies: { 'openapi-fetch': openapiFetch, 'tar-stream': tarStream },
  };
}

/** @returns what it printed; ends the process with its words when it fails */
function printed(program, { status, stdout, stderr, error }) {
  if (status === 0) return stdout;
  console.error(`${program}: ${error?.message ?? `${stdout}${stderr}`}`);
  process.exit(1);
}

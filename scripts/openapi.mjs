/**
 * `npm run openapi`: writes openapi/openapi.json from the code, checks it, and writes the types of the client from it; the messages between worker and
 * trainer as openapi/protocol.json; and docs/training.md's table of methods.
 * With --check it writes nothing, and fails when what is committed is not what the code gives.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

/** Where each generated file belongs. */
const generated = {
  'openapi.json': 'openapi/openapi.json',
  'types.ts': 'openapi/types.ts',
  'protocol.json': 'openapi/protocol.json',
  'training.md': 'docs/training.md',
};

const isCheck = process.argv.includes('--check');
ensure();
const folder = mkdtempSync(join(tmpdir(), 'bough-openapi-'));
try {
  const [document, types, protocol, training] = Object.keys(generated).map((name) => join(folder, name));
  node('dist/src/main.openapi.js', document);
  node(
    'node_modules/@redocly/cli/bin/cli.js',
    'lint',
    document,
    '--extends',
    'recommended-strict',
    '--format',
    'stylish',
  );
  // A field with a default may be left out of a request.
  node('node_modules/openapi-typescript/bin/cli.js', document, '--output', types, '--default-non-nullable=false');
  writeFileSync(protocol, await protocolAsJsonSchema());
  writeFileSync(training, await pageWithMethods());

  const stale = Object.keys(generated).filter((name) => !isSame(join(folder, name), join(root, generated[name])));
  if (!isCheck) {
    for (const name of stale) copyFileSync(join(folder, name), join(root, generated[name]));
    console.log(
      stale.length === 0 ? 'Nothing has changed.' : `Wrote ${stale.map((name) => generated[name]).join(', ')}.`,
    );
  } else if (stale.length > 0) {
    console.log(
      `Not what the code gives: ${stale.map((name) => generated[name]).join(', ')}. Run npm run openapi and commit it.`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function protocolAsJsonSchema() {
  const { protocolSchema } = await import('../dist/src/protocol/json-schema.js');
  return `${JSON.stringify(protocolSchema(), null, 2)}\n`;
}

async function pageWithMethods() {
  const { withMethods } = await import('../dist/src/spec/methods/markdown.js');
  const { METHODS } = await import('../dist/src/spec/methods/index.js');
  return withMethods(readFileSync(join(root, 'docs/training.md'), 'utf8'), METHODS);
}

function isSame(one, other) {
  return existsSync(other) && readFileSync(one).equals(readFileSync(other));
}

function node(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  if (status === 0) return;
  console.log(`${stdout}${stderr}`);
  throw new Error(`${args[0]} failed`);
}

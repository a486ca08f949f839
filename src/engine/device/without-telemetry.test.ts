import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const HOOKS = join(import.meta.dirname, '../../../test/support/typescript.mjs');

/** What is in the temporary and in the home folder of a process that has made a session. */
async function leftBehind(script: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bough-telemetry-'));
  try {
    await mkdir(join(folder, 'home'));
    await writeFile(join(folder, 'script.mjs'), script);
    const { PATH } = process.env;
    const child = spawn(process.execPath, ['--import', HOOKS, join(folder, 'script.mjs')], {
      // Nothing that would keep the library from it by itself, as CI does.
      env: { PATH, TMPDIR: folder, HOME: join(folder, 'home') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(said).toBe('');
    const files = await readdir(folder, { recursive: true });
    return files.filter((name) => name !== 'script.mjs' && name !== 'home');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The empty model is refused, after all that comes before a session. */
const session = `await ort.InferenceSession.create(new Uint8Array([8])).catch(() => {});`;
const library = JSON.stringify(import.meta.resolve('onnxruntime-node'));
const ours = JSON.stringify(new URL('./onnx-session.ts', import.meta.url).href);

test('the engine’s runtime reports to nobody and leaves nothing behind', async () => {
  expect(await leftBehind(`await import(${ours}); const ort = await import(${library}); ${session}`)).toEqual([]);
});

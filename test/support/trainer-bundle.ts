/** Makes scripts out of TypeScript that Node can run as processes of their own: one JavaScript file each. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '../..');

/** The path of a script that acts as a trainer. */
export function bundleScriptedTrainer(): Promise<string> {
  return bundle(new URL('./scripted-trainer.ts', import.meta.url));
}

/** The path of a script that is a worker whose trainer is the one of SCRIPTED_TRAINER. */
export function bundleWorkerProcess(): Promise<string> {
  return bundle(new URL('./worker-process.ts', import.meta.url));
}

/** The path of a script that is the real trainer. */
export function bundleTrainer(): Promise<string> {
  return bundle(new URL('../../src/main.trainer.ts', import.meta.url));
}

/** To be called once nothing runs the script any more. */
export async function removeBundle(script: string): Promise<void> {
  await rm(dirname(script), { recursive: true });
}

/** The script lies inside the checkout, so that it finds the packages. */
async function bundle(source: URL): Promise<string> {
  const parent = join(ROOT, '.bough');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'test-bundle-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    build: {
      ssr: fileURLToPath(source),
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  });
  return join(outDir, 'main.mjs');
}

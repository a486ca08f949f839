/** Makes scripts out of TypeScript that Node can run as processes of their own: a JavaScript file each, and those of its threads. */
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
  const threads = ['build-thread', 'search-thread'].map((name) => [
    name,
    new URL(`../../src/tools/corpus/${name}.ts`, import.meta.url),
  ]);
  return bundle(new URL('./worker-process.ts', import.meta.url), Object.fromEntries(threads) as Record<string, URL>);
}

/** The path of a script that is the real trainer. */
export function bundleTrainer(): Promise<string> {
  return bundle(new URL('../../src/main.trainer.ts', import.meta.url));
}

/** To be called once nothing runs the script any more. */
export async function removeBundle(script: string): Promise<void> {
  await rm(dirname(script), { recursive: true });
}

/**
 * The script lies inside the checkout, so that it finds the packages.
 * @param threads that it starts, by the names of their files, which lie beside it
 */
async function bundle(source: URL, threads: Record<string, URL> = {}): Promise<string> {
  const parent = join(ROOT, '.bough');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'test-bundle-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      rollupOptions: {
        input: Object.fromEntries(
          Object.entries({ main: source, ...threads }).map(([name, url]) => [name, fileURLToPath(url)]),
        ),
        output: {
          entryFileNames: ({ name }) => (name === 'main' ? 'main.mjs' : `${name}.js`),
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  });
  return join(outDir, 'main.mjs');
}

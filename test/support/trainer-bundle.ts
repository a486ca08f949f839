/** Makes the scripted trainer something that Node can run: one JavaScript file with everything in it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

/** @returns the path of the script, in a new folder below the system's temporary one */
export async function bundleScriptedTrainer(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'bough-scripted-trainer-'));
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, 'scripted-trainer.ts'),
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'trainer.mjs' } },
    },
  });
  return join(outDir, 'trainer.mjs');
}

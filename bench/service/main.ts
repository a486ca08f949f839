/** `npm run bench:service -- NAME …`: measures a service of its own, prints tables, and writes the results where it is told to. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withPart } from '../harness/document.js';
import { commit, machine } from '../harness/provenance.js';
import { benchmarkTables } from '../harness/table.js';
import { serviceBenchmarks } from './benchmarks.js';
import { servicePart, type ServiceResults } from './document.js';
import { commandOf, readOptions, USAGE, type ServiceOptions } from './options.js';
import { startService } from './service.js';

/** Of the checkout; this file runs from dist/bench/service. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = join(root, 'docs', 'benchmarks.md');
const say = (line: string) => console.error(`  ${line}`);

async function run(options: ServiceOptions): Promise<void> {
  const results: ServiceResults = {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(root),
    command: commandOf(options),
    machine: machine(),
    benchmarks: [],
  };
  for (const name of options.names) {
    const { title, how, rounds, run: measure } = serviceBenchmarks[name];
    // A fresh one for each, so that none reads among the rows of another.
    const service = await startService(say);
    try {
      const quantities = await measure(service, { rounds: options.rounds ?? rounds, say });
      results.benchmarks.push({ name, title, how, rounds: options.rounds ?? rounds, quantities });
      console.log(`\n${title}\n\n${benchmarkTables({ quantities })}\n`);
    } finally {
      await service.stop();
    }
  }
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.writeDocs) {
    await writeFile(page, withPart(await readFile(page, 'utf8'), 'service', servicePart(results)));
  }
}

let options: ServiceOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
await run(options);

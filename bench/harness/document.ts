/** The page docs/benchmarks.md: its first part is about the engine and written from results here. Pure. */
import type { BenchmarkResult, Results } from './results.js';
import { benchmarkTables, provenanceTable } from './table.js';

export const SERVICE_HEADING = '# The service';
export const SEARCH_HEADING = '# Searching a corpus';

export type Part = 'engine' | 'service' | 'search';

/** The page with one of its parts replaced. Each is written by a command of its own. */
export function withPart(page: string, part: Part, text: string): string {
  const parts = { ...partsOf(page), [part]: text };
  return `${[parts.engine, parts.service, parts.search]
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .join('\n\n')}\n`;
}

/** Empty where the page has none. */
function partsOf(page: string): Record<Part, string> {
  const startOf = (heading: string) => page.indexOf(`\n${heading}\n`);
  const end = page.length;
  const search = startOf(SEARCH_HEADING) === -1 ? end : startOf(SEARCH_HEADING);
  const service = startOf(SERVICE_HEADING) === -1 ? search : startOf(SERVICE_HEADING);
  return { engine: page.slice(0, service), service: page.slice(service, search), search: page.slice(search) };
}

export function enginePart({ threads, benchmarks, ...provenance }: Results): string {
  const { command } = provenance;
  return `# Benchmarks

Bough's engine (ONNX Runtime, driven from TypeScript) against PyTorch, doing the same work on the same machine. This part of the page is written by the command below from
its own measurements.

${provenanceTable(provenance, [['threads', `${threads} for each side`]])}

Each cell is the median ± half the interquartile range. A ratio is Bough's figure over that of its column: above 1 Bough has more tokens per second, below 1 it takes
less time or memory.

${benchmarks.map(section).join('\n\n')}

## How it is measured

- Each side is a process of its own that measures its own work; starting, loading and talking do not count. Measurements are interleaved, one of each contender in turn with the order
  rotating, after rounds that do not count. Only one side works at a time; the run fails when the processor time of the waiting side shows that it does not keep still.
- Both get the same float32 weights, the same token ids and the same number of threads. The run fails when their losses, gradient norms or decoded tokens differ by more than
  rounding.
- PyTorch runs the models of transformers as they come, not compiled. Its attention is named in the column.
- **Training** is \`Policy.gradient\`, which leaves the gradients in host memory, against \`loss.backward()\`. Clipping to a norm and AdamW are timed apart, as the trainer
  does them, against \`clip_grad_norm_\` and \`torch.optim.AdamW\`. The learning rate is 0, so that each round does the same work.
- **A tree** is a prompt of 300 tokens and 16 responses of 512, of which 4 begin at the prompt and each falls into two at its 150th and its 300th token, as after a tool's result. Ours is
  one pass over its unique tokens; PyTorch takes the 16 copies, of 135 M parameters two at a time, as more would not fit into memory, and adds their gradients up. The loss and its gradient are the same.
- **Decoding** is the rollout's loop, building the weights into the graph included: the key/value cache by slots and the sampler, which computes log-probability and entropy over the whole vocabulary for every token; PyTorch takes the
  argmax only.
- **Memory** is the peak of the resident set (VmHWM) of a fresh process that loads the model and takes two training steps, of which the second is timed. Bough chooses by itself to run
  layer by layer when a batch is large.

To repeat it: \`${command}\`. PyTorch is installed into \`~/.cache/bough\` at the first time (some gigabytes); \`--python PATH\` takes an interpreter that has it.
`;
}

function section(result: BenchmarkResult): string {
  const { name, title, weights, rounds, load } = result;
  const strangers = load.other === null ? '' : ` Other processes used ${percent(load.other)} of a processor meanwhile.`;
  return `## ${title}

${benchmarkTables(result)}

\`npm run bench -- ${name}\`: rounds: ${rounds}; ${weights}.${strangers}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}

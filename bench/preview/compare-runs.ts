/** Previews a run, does it, and says what was promised and what it took. */
import { unwrap, type Bough, type Run, type RunPreview } from 'bough/client';
import { specOf, type Materials, type RunName } from './materials.js';

export interface Quantity {
  name: string;
  unit: 's' | 'bytes';
  promised: number;
  actual: number;
  /** Promised over actual; null where nothing was taken. */
  ratio: number | null;
}

export interface Comparison {
  run: RunName;
  /** Time as a whole, peak memory; then the parts of the time that the steps report. */
  quantities: Quantity[];
  estimate: NonNullable<RunPreview['estimate']>;
}

const PARTS = ['sample', 'tools', 'score', 'update'] as const;

export async function compareRuns(bough: Bough, name: RunName, inputs: Materials): Promise<Comparison> {
  const spec = specOf(name, inputs);
  console.error(`Previewing ${name} …`);
  const { estimate, problems } = await bough.previewRun(spec);
  if (!estimate) throw new Error(`the ${name} run cannot be previewed: ${JSON.stringify(problems)}`);
  console.error(`It promises ${estimate.time.total_s.toFixed(1)} s. Running it …`);
  const { id } = unwrap(await bough.api.POST('/v1/runs', { body: spec }));
  const run = await bough.waitForRun(id);
  if (run.status !== 'succeeded') throw new Error(`the ${name} run has ${run.status}: ${run.error?.message}`);
  const spent = await secondsOf(bough, run);
  const { time, memory } = estimate;
  const quantities = [
    quantity('total', 's', time.total_s, run.usage.wall_time_s),
    quantity('peak memory', 'bytes', memory.peak_bytes, run.latest_metrics['memory/peak_bytes'] ?? NaN),
    ...PARTS.map((part) => quantity(part, 's', time[`${part}_s`], spent[part])),
  ];
  return { run: name, quantities, estimate };
}

function quantity(name: string, unit: Quantity['unit'], promised: number, actual: number): Quantity {
  return { name, unit, promised, actual, ratio: actual > 0 ? promised / actual : null };
}

/** What the steps say they took, summed. */
async function secondsOf(bough: Bough, { id }: Run): Promise<Record<(typeof PARTS)[number], number>> {
  const query = { names: PARTS.map((part) => `time/${part}_s`), limit: 1000 };
  const params = { path: { id }, query };
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/metrics', { params }));
  const sum = (part: string) => data.reduce((total, { metrics }) => total + (metrics[`time/${part}_s`] ?? 0), 0);
  return { sample: sum('sample'), tools: sum('tools'), score: sum('score'), update: sum('update') };
}

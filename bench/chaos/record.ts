/** What a run has left behind, as lines that are the same for the same training, and what two such records differ in. */
import { createHash } from 'node:crypto';
import { unwrap, type Bough } from 'bough/client';

const kinds = ['steps', 'updates', 'checkpoints', 'trajectories', 'usage'] as const;
export type RecordKind = (typeof kinds)[number];
/** Lines `<where> <digest>`, in order. */
export type RunRecord = Readonly<Record<RecordKind, readonly string[]>>;

/** How long something took is not the same twice. */
const TIMED = /^time\/|latency|_s$|_per_s|memory/;

export async function recordOf(bough: Bough, runId: string): Promise<RunRecord> {
  const path = { id: runId };
  const steps: string[] = [];
  for await (const { step, metrics } of bough.list('/v1/runs/{id}/metrics', {
    path,
    query: { limit: 100, order: 'asc' },
  })) {
    steps.push(`step ${step} ${digest(Object.entries(metrics).filter(([name]) => !TIMED.test(name)))}`);
  }
  const updates: string[] = [];
  for await (const one of bough.list('/v1/runs/{id}/updates', { path, query: { limit: 100, order: 'asc' } })) {
    const {
      update,
      step,
      epoch,
      learning_rate,
      loss,
      grad_norm,
      loss_denominator,
      advantages,
      old_logprobs,
      examples,
    } = one;
    const learnt = [epoch, learning_rate, loss, grad_norm, loss_denominator, advantages, old_logprobs, examples];
    updates.push(`update ${update} of step ${step} ${digest(learnt)}`);
  }
  const checkpoints: string[] = [];
  for await (const { step, kind, final, files } of bough.list('/v1/runs/{id}/checkpoints', {
    path,
    query: { limit: 100, order: 'asc' },
  })) {
    const weights = files.filter(({ name }) => /safetensors/.test(name)).map(({ name, sha256 }) => `${name}:${sha256}`);
    checkpoints.push(`step ${step} ${kind}${final ? ' final' : ''} ${weights.sort().join(' ')}`);
  }
  const { usage } = unwrap(await bough.api.GET('/v1/runs/{id}', { params: { path } }));
  const counts = Object.entries(usage).filter(([name]) => name !== 'wall_time_s');
  return {
    steps,
    updates,
    checkpoints,
    trajectories: await trajectoriesOf(bough, runId),
    usage: counts.map(([name, count]) => `${name} ${JSON.stringify(count)}`),
  };
}

/** By the place of their tree in the run and their own in the tree. */
async function trajectoriesOf(bough: Bough, runId: string): Promise<string[]> {
  const path = { id: runId };
  const trees = new Map<string, string>();
  for await (const { id, step, index } of bough.list('/v1/runs/{id}/trees', { path, query: { limit: 100 } })) {
    trees.set(id, `step ${step} tree ${index}`);
  }
  const text = unwrap(
    await bough.api.GET('/v1/runs/{id}/trajectories/export', { params: { path }, parseAs: 'text' }),
  ) as string | undefined;
  // Of a run that samples nothing the export is empty.
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  return lines
    .map((line) => {
      const one = JSON.parse(line) as Record<string, unknown>;
      const place = `${trees.get(String(one['tree_id'])) ?? 'no tree'} trajectory ${String(one['index'])}`;
      const same = [
        'token_ids',
        'loss_mask',
        'logprobs',
        'advantages',
        'reward',
        'reward_status',
        'finish_reason',
        'answer',
      ];
      return `${place} ${digest(same.map((name) => one[name]))}`;
    })
    .sort();
}

/** What is wrong with `found`, in words: lines that it lacks, and those that it has beyond `expected` or twice. */
export function differences(expected: RunRecord, found: RunRecord): string[] {
  return kinds.flatMap((kind) => {
    const [lacks, has] = [without(expected[kind], found[kind]), without(found[kind], expected[kind])];
    return [...lacks.map((line) => `${kind}: lacks ${line}`), ...has.map((line) => `${kind}: has besides ${line}`)];
  });
}

/** What is left of `lines` when each of `others` takes one like it away. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0;
  });
}

/** Gaps and doubles in a sequence that is to be 1, 2, 3, … in this order. */
export function gaps(what: string, numbers: readonly number[]): string[] {
  const wrong = numbers.findIndex((number, i) => number !== i + 1);
  return wrong === -1 ? [] : [`${what}: number ${wrong + 1} is ${numbers[wrong]} (of ${numbers.length})`];
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 16);
}

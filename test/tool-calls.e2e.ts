/** The study of tool calls, at the smallest size, with the real trainer: what has finished is found again, and what was interrupted goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arms, type ArmName } from '../bench/tool-calls/arms.js';
import { study, type Plan } from '../bench/tool-calls/study.js';
import type { SeedResult } from '../bench/tool-calls/results.js';
import { smallTask } from './support/small-study.js';
import { WholeService } from './support/whole-service.js';

let service: WholeService;

beforeAll(async () => {
  service = await WholeService.open();
});
afterAll(() => service.close());

const planOf = (names: readonly ArmName[], steps = 10): Plan => ({
  name: 'small',
  task: smallTask,
  seeds: [11],
  arms: names.map((name) => ({ name, ...arms[name], steps, rollout: { ...arms[name].rollout, probe_tokens: 2 } })),
  commit: 'abc',
});

async function play(
  plan: Plan,
  signal = new AbortController().signal,
  onLive: (text: string) => void = () => {},
): Promise<SeedResult> {
  let last: SeedResult | undefined;
  const said: string[] = [];
  const screen = { say: (line: string) => void said.push(line), live: onLive };
  await study({ bough: service.tenant.bough, screen, signal }, plan, (found) => {
    last = structuredClone(found);
    return Promise.resolve();
  });
  return last!;
}

const all = async (kind: 'runs' | 'evaluations' | 'datasets' | 'models') => {
  const { body } = await service.tenant.get(`/v1/${kind}?limit=100&metadata[study]=tool-calls`);
  return (body as { data: { id: string; metadata: Record<string, string> }[] }).data;
};

test('an arm that has finished is found again, and another one joins its cold start', async () => {
  const first = await play(planOf(['grpo']));
  expect(first.arms.grpo!.points.map(({ step }) => step)).toEqual([0, 5, 10]);
  expect((await all('runs')).map(({ metadata }) => metadata['part'])).toEqual([
    'small/seed-11/grpo',
    'small/seed-11/cold start',
  ]);
  expect(await all('evaluations')).toHaveLength(3);

  const second = await play(planOf(['grpo', 'deferred']));
  expect(second.cold_start).toEqual(first.cold_start);
  expect(second.arms.grpo).toEqual(first.arms.grpo);
  expect(second.arms.deferred!.points[0]).toEqual(first.arms.grpo!.points[0]);
  expect(await all('runs')).toHaveLength(3);
  expect(await all('evaluations')).toHaveLength(5);
  expect(await all('datasets')).toHaveLength(5);
  expect(await all('models')).toHaveLength(1);
});

test('the points count the tool calls of training up to their step, and no others', async () => {
  const { arms: found } = await play(planOf(['grpo']));
  const { run, points } = found.grpo!;
  const { body } = await service.tenant.get(`/v1/runs/${run}/metrics?names=tools/calls&limit=100`);
  const steps = (body as { data: { step: number; metrics: Record<string, number> }[] }).data;
  const upTo = (last: number) =>
    steps.filter(({ step }) => step <= last).reduce((sum, { metrics }) => sum + metrics['tools/calls']!, 0);
  expect(points.map(({ tool_calls: calls }) => calls)).toEqual([0, upTo(5), upTo(10)]);
  const { usage } = (await service.tenant.get(`/v1/runs/${run}`)).body as { usage: { tool_calls: number } };
  expect(points.at(-1)!.tool_calls).toBe(usage.tool_calls);
});

test('a run that was interrupted with the service goes on where it was', async () => {
  const plan = planOf(['n2'], 20);
  const stop = new AbortController();
  const interrupted = play(plan, stop.signal, (text) => {
    if (/n2: step (5|6|7|8|9) of/.test(text)) stop.abort(new Error('the user stops'));
  });
  await expect(interrupted).rejects.toThrow('the user stops');
  await service.restartWorker();

  const { arms: found } = await play(plan);
  expect(found.n2!.points.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20]);
  const runs = (await all('runs')).filter(({ metadata }) => metadata['part'] === 'small/seed-11/n2');
  expect(runs.map(({ id }) => id)).toEqual([found.n2!.run]);
});

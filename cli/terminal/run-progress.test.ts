import type { RunEvent } from 'bough/client';
import { expect, test } from 'vitest';
import { RunProgress } from './run-progress.js';

const event = (type: RunEvent['type'], created_at: number, data: RunEvent['data'] = {}): RunEvent => ({
  object: 'run.event',
  id: 'evt_1',
  run_id: 'run_1',
  sequence: 1,
  level: 'info',
  message: '',
  type,
  created_at,
  data,
});

const step = (at: number, number: number, metrics: Record<string, number>, toolCalls: number) =>
  event('run.step', at, { step: number, steps: 100, metrics, usage: { tool_calls: toolCalls } });

test('a run is queued, prepared and then counts its steps, with the time that is left at this pace', () => {
  const progress = new RunProgress('ARPO');
  const metrics = { 'reward/mean': 0.678, 'policy/entropy': 0.314, 'policy/loss': 0.01 };
  const lines = [
    event('run.queued', 100),
    event('run.preparing', 101),
    event('run.started', 110, { from_step: 0 }),
    event('run.phase', 110, { phase: 'rollout' }),
    step(150, 40, metrics, 3830),
  ].map((one) => progress.read(one));
  expect(lines).toEqual([
    'ARPO: queued',
    'ARPO: preparing',
    'ARPO: preparing',
    'ARPO: rollout',
    'ARPO: step 40 of 100  reward 0.68  entropy 0.31  3,830 tool calls  1:00 left',
  ]);
});

test('a supervised run shows its loss', () => {
  const line = new RunProgress('cold start').read(step(5, 1, { 'policy/loss': 1.5 }, 0));
  expect(line).toBe('cold start: step 1 of 100  loss 1.50');
});

test('the pace of a resumed run is that since it was resumed', () => {
  const progress = new RunProgress('ARPO');
  progress.read(event('run.started', 0, { from_step: 0 }));
  progress.read(event('run.resumed', 1_000, { from_step: 50 }));
  expect(progress.read(step(1_050, 75, {}, 0))).toBe('ARPO: step 75 of 100  0:50 left');
});

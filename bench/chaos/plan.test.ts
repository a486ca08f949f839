import { describe, expect, test } from 'vitest';
import { killedParts, planFaults } from './plan.js';

const options = { seed: 1, kills: 60, everyS: 5 };

describe('the plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(planFaults(options, 5)).toEqual(planFaults(options, 5));
    expect(planFaults({ ...options, seed: 2 }, 5)).not.toEqual(planFaults(options, 5));
  });

  test('kills each part equally often', () => {
    const killed = planFaults(options, 5).filter(({ signal }) => signal === 'SIGKILL');
    const counts = killedParts.map((part) => killed.filter((fault) => fault.part === part).length);
    expect(counts).toEqual([10, 10, 10, 10, 10, 10]);
  });

  test('stops workers and trainers beyond the lease, on top of the kills', () => {
    const stopped = planFaults(options, 5).filter(({ signal }) => signal === 'SIGSTOP');
    expect(new Set(stopped.map(({ part }) => part))).toEqual(new Set(['worker', 'trainer']));
    expect(Math.min(...stopped.map(({ stopMs }) => stopMs))).toBeGreaterThan(5000);
  });
});

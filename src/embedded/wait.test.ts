import { expect, test } from 'vitest';
import { GiveUp, waitUntil } from './wait.js';

test('waiting ends when the probe says so, errors meaning not yet', async () => {
  let calls = 0;
  const probe = () => {
    calls++;
    if (calls < 3) throw new Error('refused');
    return calls === 4;
  };
  await waitUntil('the door', probe, { limitMs: 5000, everyMs: 1 });
  expect(calls).toBe(4);
});

test('a wait that is too long says what for, and what the last error was', async () => {
  const probe = () => Promise.reject(new Error('connection refused'));
  await expect(waitUntil('the door to open', probe, { limitMs: 20, everyMs: 5 })).rejects.toThrow(
    'Waited 0.02 s for the door to open: connection refused',
  );
});

test('a probe that gives up ends the wait at once, with its reason', async () => {
  const probe = () => {
    throw new GiveUp(new Error('the house is gone'));
  };
  await expect(waitUntil('the door', probe, { limitMs: 60_000 })).rejects.toThrow('the house is gone');
});

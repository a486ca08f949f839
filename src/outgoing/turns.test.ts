import { expect, test } from 'vitest';
import { Turns } from './turns.js';

const never = new AbortController().signal;

test('as many as allowed work at the same time, and the next when one has ended, however it ended', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = (name: number) => () =>
    new Promise<number>((resolve, reject) => {
      begun.push(name);
      ends.push((error) => (error ? reject(error) : resolve(name)));
    });
  const [first, second, third, fourth] = [1, 2, 3, 4].map((name) => turns.take(work(name), never));
  expect(begun).toEqual([1, 2]);
  ends[1]?.(new Error('failed'));
  await expect(second).rejects.toThrow('failed');
  await expect.poll(() => begun).toEqual([1, 2, 3]);
  ends[0]?.();
  expect(await first).toBe(1);
  await expect.poll(() => begun).toEqual([1, 2, 3, 4]);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all([third, fourth])).toEqual([3, 4]);
});

test('whoever stops waiting takes no turn', async () => {
  const turns = new Turns(1);
  let end: () => void = () => undefined;
  const first = turns.take(() => new Promise<void>((resolve) => (end = resolve)), never);
  const controller = new AbortController();
  const second = turns.take(async () => 'never', controller.signal);
  const third = turns.take(async () => 'third', never);
  controller.abort(new Error('too late'));
  await expect(second).rejects.toThrow('too late');
  end();
  await first;
  expect(await third).toBe('third');
});

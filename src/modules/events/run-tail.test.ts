import { expect, test } from 'vitest';
import type { DataSource } from 'typeorm';
import type { EventFeed } from '../../store/event-feed.js';
import { RunTail } from './run-tail.js';

const { signal } = new AbortController();
const feed = { waitFor: () => ({ within: async () => {}, cancel: () => {} }) } as unknown as EventFeed;

test('who waits for a change that has come meanwhile does not wait', async () => {
  const query = async () => [{ status: 'succeeded', event_sequence: '4', id: null }];
  const tail = new RunTail({ query } as unknown as DataSource, feed, 'run_1');
  const { isOver, reads } = tail;
  expect([isOver, reads]).toEqual([false, 0]);
  // The last look: nothing is going to wake anybody after it.
  await expect.poll(() => tail.isOver).toBe(true);
  const began = Date.now();
  await tail.changed(reads, 5000, signal);
  expect(Date.now() - began).toBeLessThan(2000);
  expect(tail.after(4)).toEqual([]);
});

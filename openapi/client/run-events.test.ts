import { expect, test } from 'vitest';
import { runEvents } from './run-events.js';

const final = { sequence: 1, type: 'run.succeeded' };

/** Answers with this status first, and then with the event that ends the run. */
function answeringFirst(status: number): { send: () => Promise<Response>; requests: () => number } {
  let requests = 0;
  const send = () => {
    const isFirst = requests++ === 0;
    const body = isFirst ? '{}' : `data: ${JSON.stringify(final)}\n\n`;
    return Promise.resolve(new Response(body, { status: isFirst ? status : 200 }));
  };
  return { send, requests: () => requests };
}

test('following is stopped, also where fetch does not hear the signal any more', async () => {
  const stopped = new AbortController();
  const send = () => Promise.resolve(new Response(new ReadableStream()));
  const next = runEvents(send, 'http://bough', 'run_1', { signal: stopped.signal }).next();
  setTimeout(() => stopped.abort(), 50);
  await expect(next).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([429, 500, 503])('an answer %d is waited out', async (status) => {
  const { send } = answeringFirst(status);
  const events = runEvents(send, 'http://bough', 'run_1');
  expect((await events.next()).value).toEqual(final);
  expect((await events.next()).done).toBe(true);
});

test.each([401, 404])('an answer %d ends it', async (status) => {
  const { send, requests } = answeringFirst(status);
  await expect(runEvents(send, 'http://bough', 'run_1').next()).rejects.toMatchObject({ name: 'BoughError', status });
  expect(requests()).toBe(1);
});

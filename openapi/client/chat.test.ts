import { expect, test } from 'vitest';
import { chat } from './chat.js';

test('an answer is stopped, also where fetch does not hear the signal any more', async () => {
  let isCancelled = false;
  const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] });
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${chunk}\n\n`)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const stopped = new AbortController();
  const request = { model: 'mdl_1', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const send = () => Promise.resolve(new Response(endless));
  const pieces = chat(send, 'http://bough', request, { signal: stopped.signal });
  expect((await pieces.next()).value).toMatchObject({ text: 'a' });
  const next = pieces.next();
  stopped.abort();
  await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  expect(isCancelled).toBe(true);
});

/** Reads server-sent events from the body of an answer. */

export interface ServerSentEvent {
  id: string | null;
  data: string;
}

/**
 * Ends where the stream ends; an event that was cut off is dropped. Comments and other fields are skipped.
 * @param silenceMs for how long nothing may come until the connection counts as dead, and the stream as ended
 * @param signal ends the stream too: in Node 20, fetch forgets the signal of a Request that has been collected as garbage
 */
export async function* readEventSource(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  signal?: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  let event: ServerSentEvent = { id: null, data: '' };
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const silence = setTimeout(cancel, silenceMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (event.data !== '') yield event;
          event = { id: event.id, data: '' };
        }
        const [, name, text = ''] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
        if (name === 'id') event.id = text;
        if (name === 'data') event.data += event.data === '' ? text : `\n${text}`;
      }
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    await reader.cancel().catch(() => undefined);
  }
}

/** Chat completions as they are written: the pieces of a stream. What is whole at once is `api.POST('/v1/chat/completions')`. */
import type { components } from '../types.js';
import { BoughError } from './bough-error.js';
import type { Fetch } from './bough-fetch.js';
import { readEventSource } from './event-source.js';

export type ChatRequest = Omit<components['schemas']['ChatCompletionInput'], 'stream' | 'stream_options'>;

export interface ChatPiece {
  /** Of the answer that the piece belongs to, from 0. */
  index: number;
  /** What comes behind the text so far. */
  text: string;
  /** Why the answer has ended, with its last piece. */
  finishReason: string | null;
  toolCalls: { id: string; name: string; arguments: string }[];
}

interface Chunk {
  error?: { code?: string; message?: string };
  choices?: {
    index: number;
    finish_reason: string | null;
    delta: { content?: string; tool_calls?: { id: string; function: { name: string; arguments: string } }[] };
  }[];
}

/** The service gives a request up long before. */
const SILENCE_MS = 120_000;

/** @throws {BoughError} when the service refuses, or when the answer is cut off */
export async function* chat(
  send: Fetch,
  base: string,
  request: ChatRequest,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<ChatPiece, void> {
  const response = await send(
    new Request(`${base}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, stream: true }),
      ...(signal && { signal }),
    }),
  );
  if (!response.ok || !response.body) throw await BoughError.from(response);
  for await (const { data } of readEventSource(response.body, SILENCE_MS, signal)) {
    if (data === '[DONE]') return;
    const { error, choices = [] } = JSON.parse(data) as Chunk;
    if (error) throw new BoughError(error.code ?? 'unexpected_answer', error.message ?? 'The answer was cut off');
    for (const { index, delta, finish_reason: finishReason } of choices) {
      const toolCalls = (delta.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function }));
      yield { index, text: delta.content ?? '', finishReason, toolCalls };
    }
  }
  signal?.throwIfAborted();
  throw new BoughError('answer_cut_off', 'The connection ended before the answer did: send the request again');
}

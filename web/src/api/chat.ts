/** A conversation with one model: what was said, and the answer that is being written. */
import { useRef, useState } from 'react';
import { chat, type ChatRequest } from '../../../openapi/client/chat.js';
import { useApi } from './api-provider.tsx';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** Of an answer: why it ended; null while it is written, or when it was stopped. */
  readonly finishReason?: string | null;
}

export type Sampling = Pick<ChatRequest, 'temperature' | 'max_tokens' | 'seed'>;

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly isWriting: boolean;
  readonly error: unknown;
  readonly ask: (question: string, system: string, sampling: Sampling) => Promise<void>;
  readonly stop: () => void;
  readonly clear: () => void;
}

export function useConversation(model: string): Conversation {
  const { send } = useApi();
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [isWriting, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const under = useRef<AbortController>(null);

  const ask = async (question: string, system: string, sampling: Sampling) => {
    const closed = new AbortController();
    under.current = closed;
    const asked: readonly Turn[] = [
      ...turns.filter(({ content }) => content !== ''),
      { role: 'user', content: question },
    ];
    const answered = (content: string, finishReason: string | null) =>
      setTurns([...asked, { role: 'assistant', content, finishReason }]);
    answered('', null);
    setWriting(true);
    setError(null);
    try {
      const said = asked.map(({ role, content }) => ({ role, content }));
      const messages = system === '' ? said : [{ role: 'system' as const, content: system }, ...said];
      let text = '';
      const request = { model, messages, ...sampling };
      for await (const piece of chat(send, location.origin, request, { signal: closed.signal })) {
        text += piece.text;
        answered(text, piece.finishReason);
      }
    } catch (problem) {
      if (!closed.signal.aborted) setError(problem);
    } finally {
      if (under.current === closed) setWriting(false);
    }
  };
  const stop = () => under.current?.abort();
  const clear = () => {
    stop();
    under.current = null;
    setWriting(false);
    setError(null);
    setTurns([]);
  };
  return { turns, isWriting, error, ask, stop, clear };
}

/** Puts what happens to a chat into OpenAI's forms: one completion, or chunks of it. Pure. */
import { randomUUID } from 'node:crypto';
import type { ErrorBody } from '../../errors/app-error.js';
import type { ChatEvent, ChatToken } from '../../spec/chat.js';
import type { ChatCompletion, Usage } from './chat.schema.js';

type Choice = ChatCompletion['choices'][number];
type OfAnswer = Extract<ChatEvent, { kind: 'text' | 'ended' }>;

export interface Heading {
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
  readonly withLogprobs: boolean;
}

/** Gathers the events of a chat until it is whole. */
export class Completion {
  private readonly choices = new Map<number, Choice>();
  private usage: Usage = usageOf({ prompt_tokens: 0, completion_tokens: 0 });

  constructor(private readonly heading: Heading) {}

  add(event: ChatEvent): void {
    if (event.kind === 'finished') this.usage = usageOf(event);
    else if (event.kind !== 'failed') this.write(event);
  }

  get whole(): ChatCompletion {
    const { id, model, created } = this.heading;
    const choices = [...this.choices.values()].sort((a, b) => a.index - b.index);
    return { id, object: 'chat.completion', created, model, choices, usage: this.usage };
  }

  private write(event: OfAnswer): void {
    const index = event.choice;
    const choice: Choice = this.choices.get(index) ?? {
      index,
      finish_reason: 'stop',
      message: { role: 'assistant', content: '', refusal: null },
      logprobs: logprobsOf(this.heading, []),
    };
    this.choices.set(index, choice);
    const { message } = choice;
    message.content += event.text;
    choice.logprobs?.content.push(...event.tokens);
    if (event.kind === 'text') return;
    choice.finish_reason = event.finish_reason;
    if (event.tool_calls.length === 0) return;
    message.tool_calls = callsOf(event);
    if (message.content === '') message.content = null;
  }
}

/** The chunks of a stream, each the JSON of a server-sent event. */
export class Chunks {
  private readonly begun = new Set<number>();

  constructor(
    private readonly heading: Heading,
    private readonly withUsage: boolean,
  ) {}

  of(event: ChatEvent): object[] {
    if (event.kind === 'failed') return [];
    if (event.kind === 'finished') return this.withUsage ? [this.chunk([], usageOf(event))] : [];
    const { choice, text, tokens } = event;
    const chunks: object[] = [];
    if (!this.begun.has(choice)) chunks.push(this.delta(choice, { role: 'assistant', content: '' }));
    this.begun.add(choice);
    if (text !== '' || tokens.length > 0) chunks.push(this.delta(choice, { content: text }, tokens));
    if (event.kind === 'text') return chunks;
    if (event.tool_calls.length > 0) {
      const calls = callsOf(event).map((call, index) => ({ index, ...call }));
      chunks.push(this.delta(choice, { tool_calls: calls }));
    }
    return [...chunks, this.delta(choice, {}, [], event.finish_reason)];
  }

  private delta(index: number, delta: object, tokens: readonly ChatToken[] = [], finish_reason: string | null = null) {
    const logprobs = tokens.length > 0 ? logprobsOf(this.heading, tokens) : null;
    return this.chunk([{ index, delta, logprobs, finish_reason }]);
  }

  private chunk(choices: object[], usage: Usage | null = null): object {
    const { id, model, created } = this.heading;
    const chunk = { id, object: 'chat.completion.chunk', created, model, choices };
    return this.withUsage ? { ...chunk, usage } : chunk;
  }
}

export const sent = (data: object | ErrorBody): string => `data: ${JSON.stringify(data)}\n\n`;
export const DONE = 'data: [DONE]\n\n';

const logprobsOf = ({ withLogprobs }: Heading, tokens: readonly ChatToken[]): Choice['logprobs'] =>
  withLogprobs ? { content: [...tokens], refusal: null } : null;

const usageOf = ({ prompt_tokens, completion_tokens }: Omit<Usage, 'total_tokens'>): Usage => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
});

const callsOf = ({ tool_calls: calls }: Extract<OfAnswer, { kind: 'ended' }>) =>
  calls.map((call) => ({
    id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    type: 'function' as const,
    function: { ...call },
  }));

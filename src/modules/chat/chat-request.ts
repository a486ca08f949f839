/** What a client has sent, as those who answer it take it. Pure, but for the seed where none is given. */
import { randomInt, randomUUID } from 'node:crypto';
import { AppError } from '../../errors/app-error.js';
import type { ChatMessage, ChatRequest } from '../../spec/chat.js';
import type { ToolDefinition } from '../../spec/tools/tool-definition.js';
import type { ChatCompletionInput } from './chat.schema.js';

type Given = ChatCompletionInput['messages'][number];

const NO_PARAMETERS = { type: 'object', properties: {} };

/**
 * @param rollout of an agent that is outside: the run decides how it is sampled
 * @throws {AppError} INVALID_REQUEST for fields that contradict each other
 */
export function chatRequest(
  input: Omit<ChatCompletionInput, 'model'>,
  rollout: ChatRequest['rollout'] = null,
): ChatRequest {
  const { logprobs, top_logprobs: most, stop, tools, stream_options } = input;
  if (most != null && !logprobs) throw AppError.invalid('top_logprobs', 'needs logprobs: true');
  if (stream_options != null && !input.stream) throw AppError.invalid('stream_options', 'needs stream: true');
  const maxTokens = input.max_completion_tokens ?? input.max_tokens ?? null;
  if (input.max_tokens != null && input.max_tokens !== maxTokens) {
    throw AppError.invalid('max_tokens', 'is not max_completion_tokens: give one of the two');
  }
  const names = (tools ?? []).map(({ function: { name } }) => name);
  const again = names.findIndex((name, i) => names.indexOf(name) < i);
  if (again !== -1) {
    const message = `two tools are called ${names[again]}; give one of them another name`;
    throw AppError.invalid(`tools[${again}].function.name`, message);
  }
  return {
    request: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    messages: input.messages.map(messageOf),
    tools: input.tool_choice === 'none' ? [] : (tools ?? []).map(definitionOf),
    n: input.n ?? 1,
    temperature: input.temperature ?? 1,
    top_p: input.top_p ?? 1,
    max_tokens: maxTokens,
    stop: stop == null ? [] : [stop].flat(),
    seed: input.seed ?? randomInt(2 ** 32),
    top_logprobs: logprobs ? (most ?? 0) : null,
    rollout,
  };
}

function messageOf(message: Given): ChatMessage {
  const role = message.role === 'developer' ? 'system' : message.role;
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  return { role, content: textOf(message.content), tool_calls: calls.map((call) => ({ ...call.function })) };
}

function textOf(content: Given['content']): string {
  return typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');
}

function definitionOf({ function: tool }: NonNullable<ChatCompletionInput['tools']>[number]): ToolDefinition {
  return { name: tool.name, description: tool.description ?? '', parameters: tool.parameters ?? NO_PARAMETERS };
}

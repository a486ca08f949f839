/** A chat completion as API, worker and trainer speak of it among themselves, and what happens to it. Pure data; what clients send is in modules/chat. */
import { z } from 'zod';
import { ERROR_CATEGORIES } from './enums.js';
import { ToolDefinition } from './tools/tool-definition.js';

const ToolCall = z.object({ name: z.string(), arguments: z.string().describe('JSON of an object.') });

export const ChatMessage = z
  .object({
    role: z.enum(['system', 'user', 'assistant', 'tool']),
    content: z.string(),
    tool_calls: z.array(ToolCall).describe('That an assistant has made behind its content.'),
  })
  .meta({ id: 'ChatMessage' });
export type ChatMessage = z.infer<typeof ChatMessage>;

/** Names a rollout of an agent that is outside, within its run. */
export const RolloutSlot = z
  .object({
    step: z.int(),
    tree: z.int().describe('Place of the prompt within the step.'),
    index: z.int().describe('Among the rollouts of the prompt.'),
  })
  .meta({ id: 'RolloutSlot' });
export type RolloutSlot = z.infer<typeof RolloutSlot>;

export const ChatRequest = z
  .object({
    request: z.string().describe('Its id.'),
    messages: z.array(ChatMessage).min(1),
    tools: z.array(ToolDefinition),
    n: z.int(),
    temperature: z.number(),
    top_p: z.number(),
    max_tokens: z.int().nullable().describe('Of each answer; null: what the context holds, up to a limit.'),
    stop: z.array(z.string()),
    seed: z.number(),
    top_logprobs: z.int().nullable().describe('Most probable tokens beside each token; null: no log-probabilities.'),
    rollout: RolloutSlot.nullable().describe(
      'Of an agent whose rollout it is: temperature, top_p and seed are those of the run. null: nothing is learnt from the answer.',
    ),
  })
  .meta({ id: 'ChatRequest' });
export type ChatRequest = z.infer<typeof ChatRequest>;

const TokenLogprob = z.object({ token: z.string(), bytes: z.array(z.int()), logprob: z.number() });
export const ChatToken = TokenLogprob.extend({ top_logprobs: z.array(TokenLogprob) });
export type ChatToken = z.infer<typeof ChatToken>;

const ofRequest = { request: z.string() };
const ofAnswer = {
  ...ofRequest,
  choice: z.int(),
  text: z.string().describe('What comes behind the text so far.'),
  tokens: z.array(ChatToken).describe('Those written since the event before; none where they were not asked for.'),
};

export const ChatEvent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), ...ofAnswer }),
    z.object({
      kind: z.literal('ended'),
      ...ofAnswer,
      finish_reason: z.enum(['stop', 'length', 'tool_calls']),
      tool_calls: z.array(ToolCall),
    }),
    z
      .object({ kind: z.literal('finished'), ...ofRequest, prompt_tokens: z.int(), completion_tokens: z.int() })
      .describe('All its answers have ended.'),
    z.object({
      kind: z.literal('failed'),
      ...ofRequest,
      category: z.enum(ERROR_CATEGORIES),
      message: z.string(),
    }),
  ])
  .meta({ id: 'ChatEvent' });
export type ChatEvent = z.infer<typeof ChatEvent>;

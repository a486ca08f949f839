/** What a job needs of a model: the policy, and how messages become its tokens. */
import { ChatTemplateError } from '../engine/io/chat-template-error.js';
import { Tokenizer } from '../engine/io/tokenizer.js';
import { Policy, type PolicyOptions } from '../engine/policy.js';
import type { Message } from '../protocol/messages.js';
import { TrainerFailure } from './failure.js';
import { Renderer, type PromptStretch } from './render.js';
import type { Language } from './rollout/live-trajectory.js';
import { ToolGrammar } from './rollout/tool-grammar.js';

export interface LoadedModel {
  policy: Policy;
  renderer: Renderer;
}

/** `weights` and `tokenizer` are directories; they differ when a run goes on from a checkpoint. */
export async function loadModel(
  weights: string,
  tokenizer: string,
  { system, ...options }: PolicyOptions & { system: string | null },
): Promise<LoadedModel> {
  const policy = await Policy.load(weights, options);
  const renderer = new Renderer(await Tokenizer.load(tokenizer), policy.config.eosTokenIds, system);
  return { policy, renderer };
}

/** How the model's tokens are read: where it ends, where it calls a tool. */
export function languageOf({ renderer }: LoadedModel, tools: readonly string[]): Language {
  const { tokenizer, endTokens, control } = renderer;
  return { tokenizer, endTokens: new Set(endTokens), control, grammar: new ToolGrammar(tools) };
}

export interface PromptLimits {
  /** null: only the model's own limit counts. */
  maxPromptTokens: number | null;
  maxResponseTokens: number;
}

/** The prompt of an example. Throws TrainerFailure, naming example and remedy, when the template refuses it or it is too long. */
export function renderExample(
  { policy, renderer }: LoadedModel,
  example: { index: number; messages: readonly Message[] },
  limits: PromptLimits,
): PromptStretch {
  const prompt = namingExample(example.index, () => renderer.prompt(example.messages));
  const length = prompt.tokens.length;
  const refuse = (why: string): never => {
    throw new TrainerFailure(
      'user',
      'prompt_too_long',
      `The prompt of example ${example.index} has ${length} tokens: ${why}`,
    );
  };
  if (length === 0) throw new TrainerFailure('user', 'prompt_empty', `The prompt of example ${example.index} is empty`);
  if (limits.maxPromptTokens !== null && length > limits.maxPromptTokens) {
    refuse(`shorten it, or raise rollout.max_prompt_tokens (${limits.maxPromptTokens})`);
  }
  const { maxPositions } = policy.config;
  if (length + limits.maxResponseTokens > maxPositions) {
    refuse(
      `with max_response_tokens ${limits.maxResponseTokens} it exceeds the model's ${maxPositions} positions; shorten either`,
    );
  }
  return prompt;
}

/** Does what a chat template may refuse; the refusal then names the example. */
export function namingExample<T>(index: number, render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    throw new TrainerFailure('user', 'prompt_not_rendered', `Example ${index} cannot be rendered: ${error.message}`, {
      cause: error,
    });
  }
}

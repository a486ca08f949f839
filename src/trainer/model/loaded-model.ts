/** What a job needs of a model: the policy, and how messages become its tokens. */
import { Policy, Tokenizer, type PolicyOptions } from '../../engine/index.js';
import type { ToolDefinition } from '../../protocol/messages.js';
import type { PromptSpec } from '../../spec/prompt.js';
import { chatToolsOf } from './chat-tools.js';
import { Renderer } from './render.js';

export interface LoadedModel {
  policy: Policy;
  renderer: Renderer;
}

/** What prompts are made with. */
export interface PromptOptions {
  prompt: PromptSpec;
  tools: readonly ToolDefinition[];
}

/** `weights` and `tokenizer` are directories; they differ when a run goes on from a checkpoint. */
export async function loadModel(
  weights: string,
  tokenizer: string,
  { prompt, tools, ...options }: PolicyOptions & PromptOptions,
): Promise<LoadedModel> {
  const policy = await Policy.load(weights, options);
  const loaded = await Tokenizer.load(tokenizer);
  const chatTools = prompt.tool_syntax === 'chat' ? chatToolsOf(loaded, tools) : null;
  return { policy, renderer: new Renderer(loaded, policy.config.eosTokenIds, prompt.system, chatTools) };
}

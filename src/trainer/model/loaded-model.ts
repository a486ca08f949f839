/** What a job needs of a model: how messages become its tokens, and the policy. The first does not take the weights, and is there before them. */
import { Policy, readModelConfig, Tokenizer, type DecoderConfig, type PolicyOptions } from '../../engine/index.js';
import type { ToolDefinition } from '../../spec/tools/tool-definition.js';
import type { PromptSpec } from '../../spec/prompt.js';
import { chatToolsOf } from './chat-tools.js';
import { Renderer } from './render.js';

/** A model without its weights. */
export interface PromptReader {
  readonly config: DecoderConfig;
  readonly renderer: Renderer;
}

export interface LoadedModel extends PromptReader {
  readonly policy: Policy;
}

/** What prompts are made with. */
export interface PromptOptions {
  prompt: PromptSpec;
  tools: readonly ToolDefinition[];
}

export async function loadPromptReader(directory: string, { prompt, tools }: PromptOptions): Promise<PromptReader> {
  const config = await readModelConfig(directory);
  const tokenizer = await Tokenizer.load(directory);
  const chatTools = prompt.tool_syntax === 'chat' ? chatToolsOf(tokenizer, tools, prompt.call_delimiters) : null;
  return {
    config,
    renderer: new Renderer(tokenizer, config.eosTokenIds, prompt.system, chatTools, prompt.tag_names ?? {}),
  };
}

export async function loadModel(
  directory: string,
  { prompt, tools, ...options }: PolicyOptions & PromptOptions,
): Promise<LoadedModel> {
  const reader = await loadPromptReader(directory, { prompt, tools });
  return { ...reader, policy: await Policy.load(directory, options) };
}

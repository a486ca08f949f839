/** What a job needs of a model: the policy, and how messages become its tokens. */
import { Tokenizer } from '../../engine/io/tokenizer.js';
import { Policy, type PolicyOptions } from '../../engine/policy.js';
import { Renderer } from './render.js';
import type { Language } from '../rollout/live-trajectory.js';
import { ToolGrammar } from '../rollout/tool-grammar.js';

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

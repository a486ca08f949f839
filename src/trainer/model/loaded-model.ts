/** What a job needs of a model: the policy, and how messages become its tokens. */
import { Policy, Tokenizer, type PolicyOptions } from '../../engine/index.js';
import { Renderer } from './render.js';

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

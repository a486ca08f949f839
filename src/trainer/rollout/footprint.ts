/** What sampling takes in memory beside the weights, from a run's specification and its model's sizes alone. */
import { decodingBytes, KeyValueStore, type AdaptedModel } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { MAX_TOKENS } from './length-groups.js';
import { MAX_CACHE_BYTES, MAX_ROWS } from './rollout-runner.js';

/** A tool's result of usual length. */
const RESULT_TOKENS = 256;

/** Bytes. */
export interface SamplingFootprint {
  /** The keys and values of all trajectories of a step, as far as they are written at once: a group always is. */
  cache: number;
  /** A step, prompts or results, whichever takes most; it stays in the runtime's arena. */
  decoding: number;
}

/** Of a run that samples nothing. */
export const NO_SAMPLING: SamplingFootprint = { cache: 0, decoding: 0 };

/** @param prompt tokens of the longest one */
export function samplingFootprint(
  model: AdaptedModel,
  { rollout, training, tools }: Pick<PolicyRunSpec, 'rollout' | 'training' | 'tools'>,
  prompt: number,
): SamplingFootprint {
  const { group_size: group, max_response_tokens: response } = rollout;
  const prompts = training.prompts_per_step;
  const groupBytes = (prompt + group * response) * KeyValueStore.bytesPerSlot(model.config);
  const feeding = (rows: number, tokens: number, cached: number) => decodingBytes(model, { rows, tokens, cached });
  const together = (tokens: number, most: number) => Math.max(1, Math.min(most, Math.floor(MAX_TOKENS / tokens)));
  const step = feeding(Math.min(MAX_ROWS, prompts * group), 1, prompt + response);
  const prompting = prompt === 0 ? 0 : feeding(together(prompt, prompts), prompt, 0);
  const results =
    tools.length === 0 ? 0 : feeding(together(RESULT_TOKENS, prompts * group), RESULT_TOKENS, prompt + response);
  return {
    cache: Math.min(prompts * groupBytes, Math.max(MAX_CACHE_BYTES, groupBytes)),
    decoding: Math.max(step, prompting, results),
  };
}

/** What sampling takes in memory beside the weights, from a run's specification and its model's sizes alone. */
import { decodingBytes, frozenBytes, KeyValueStore, type AdaptedModel } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { policySummaryOf } from '../../spec/tools/index.js';
import { MAX_TOKENS } from './length-groups.js';
import { MAX_CACHE_BYTES, MAX_ROWS } from './rollout-runner.js';
import { SUMMARY_CACHE_BYTES } from './summaries.js';

/** A tool's result of usual length. */
const RESULT_TOKENS = 256;
/** Of a page that is summarised, as in English. */
const CHARACTERS_PER_TOKEN = 3;

/** Bytes. */
export interface SamplingFootprint {
  /** The keys and values of all trajectories of a step, as far as they are written at once: a group always is. */
  cache: number;
  /** A step, prompts or results, whichever takes most; it stays in the runtime's arena. */
  decoding: number;
  /** A copy of the weights that decoding reads. While it is made there are two more, when neither cache nor pass is there. */
  frozen: number;
}

/** Of a run that samples nothing. */
export const NO_SAMPLING: SamplingFootprint = { cache: 0, decoding: 0, frozen: 0 };

/** @param prompt tokens of the longest one */
export function samplingFootprint(
  model: AdaptedModel,
  { rollout, training, tools }: Pick<PolicyRunSpec, 'rollout' | 'training' | 'tools'>,
  prompt: number,
): SamplingFootprint {
  const { group_size: group, max_response_tokens: response } = rollout;
  const prompts = training.prompts_per_step;
  const slotBytes = KeyValueStore.bytesPerSlot(model.config);
  const groupBytes = (prompt + group * response) * slotBytes;
  const feeding = (rows: number, tokens: number, cached: number) => decodingBytes(model, { rows, tokens, cached });
  const step = feeding(Math.min(MAX_ROWS, prompts * group), 1, prompt + response);
  const prompting = prompt === 0 ? 0 : feeding(together(prompt, prompts), prompt, 0);
  const results =
    tools.length === 0 ? 0 : feeding(together(RESULT_TOKENS, prompts * group), RESULT_TOKENS, prompt + response);
  const summaries = summaryFootprint(model, tools, prompts * group);
  // Agents that are outside wait for each other where their calls do not fit together.
  if (rollout.source === 'external')
    return {
      cache: Math.min(prompts * group * (prompt + response) * slotBytes, MAX_CACHE_BYTES),
      decoding: Math.max(step, prompting),
      frozen: frozenBytes(model),
    };
  return {
    cache: Math.min(prompts * groupBytes, Math.max(MAX_CACHE_BYTES, groupBytes)) + summaries.cache,
    decoding: Math.max(step, prompting, results, summaries.decoding),
    frozen: frozenBytes(model),
  };
}

/** Rows that are fed at once. */
const together = (tokens: number, most: number): number => Math.max(1, Math.min(most, Math.floor(MAX_TOKENS / tokens)));

/** Of what the policy writes to summarise what tools find. @param rows trajectories of a step */
function summaryFootprint(
  model: AdaptedModel,
  tools: PolicyRunSpec['tools'],
  rows: number,
): Omit<SamplingFootprint, 'frozen'> {
  const asked = policySummaryOf(tools);
  if (!asked) return NO_SAMPLING;
  const { maxTokens, characters } = asked;
  const { config } = model;
  const prompt = Math.max(1, Math.min(Math.ceil(characters / CHARACTERS_PER_TOKEN), config.maxPositions - maxTokens));
  const one = (prompt + maxTokens) * KeyValueStore.bytesPerSlot(config);
  return {
    cache: Math.min(rows * one, Math.max(SUMMARY_CACHE_BYTES, one)),
    decoding: decodingBytes(model, { rows: together(prompt, rows), tokens: prompt, cached: 0 }),
  };
}

/** Plans of chats with a model that is served: sampled as the request says, and forgotten once they are answered. */
import type { ChatRequest } from '../../spec/chat.js';
import type { Policy } from '../../engine/index.js';
import { RolloutDraws } from '../draws.js';
import { Sampler } from '../rollout/sampler.js';
import type { ChatPlan, ChatPlanner } from './chat-server.js';
import { kept } from './kept.js';

/** Of an answer whose request names no limit. */
const DEFAULT_MAX_TOKENS = 4096;
/** Kept: one for each temperature and top_p that was asked with lately. */
const MAX_SAMPLERS = 32;

export class ServedChats implements ChatPlanner {
  private readonly samplers = new Map<string, Sampler>();

  constructor(private readonly policy: Policy) {}

  plan({ temperature, top_p: topP, seed, max_tokens }: ChatRequest, prompt: Int32Array): ChatPlan {
    const { maxPositions, vocabSize } = this.policy.config;
    const draws = new RolloutDraws(seed, 0);
    return {
      maxTokens: Math.min(maxPositions - prompt.length, max_tokens ?? DEFAULT_MAX_TOKENS),
      sampler: kept(
        this.samplers,
        `${temperature}/${topP}`,
        MAX_SAMPLERS,
        () => new Sampler(vocabSize, temperature, topP),
      ),
      draw: (choice, position) => draws.token(0, choice, position),
    };
  }
}

/** What a rollout is given: prompts, a policy that decodes, tools that answer, a meter that counts. Types only. */
import type { DecodeRow } from '../../engine/index.js';
import type { Meter } from '../budget.js';
import type { ToolAnswer } from '../link.js';
import type { RolloutDraws } from '../draws.js';
import type { Renderer } from '../model/render.js';
import type { CallLimits } from './call-limits.js';
import type { KvCache, SlotStore } from './kv-cache.js';
import type { Language } from './language.js';
import type { SlotBaselines } from './slot-baselines.js';
import type { RolloutSettings } from './settings.js';
import type { ToolCall } from './tool-grammar.js';

/** The part of the policy that samples. `Store` is its key/value store. */
export interface DecodingPolicy<Store extends SlotStore> {
  readonly config: { vocabSize: number };
  extend(store: Store, rows: readonly DecodeRow[]): Promise<Float32Array>;
}

export interface ToolRequest {
  /** prompt/trajectory/number: names the call within the step. */
  call: string;
  tool: string;
  input: string;
  format: ToolCall['format'];
  /** The calls before it in its trajectory, earliest first. */
  previous: string[];
  example: number;
}

/** How the policy summarises what tools find. */
export interface SummaryRules {
  readonly renderer: Renderer;
  /** Of a summary. */
  readonly maxTokens: number;
  /** Of a prompt. */
  readonly maxPromptTokens: number;
  /** Of the summaries that are written together, prompts included. */
  readonly maxSlots: number;
}

export interface RolloutContext<Store extends SlotStore> {
  policy: DecodingPolicy<Store>;
  store: Store;
  cache: KvCache;
  renderer: Renderer;
  language: Language;
  settings: RolloutSettings;
  draws: RolloutDraws;
  /** What entropies are compared with in place of a trajectory's own first ones. */
  baselines?: SlotBaselines | undefined;
  /** Of each tool in a trajectory, by its name. */
  callLimits: CallLimits['perTool'];
  /** Null: no tool has the policy write its results. */
  summaries: SummaryRules | null;
  callTool: (request: ToolRequest) => Promise<ToolAnswer>;
  meter: Meter;
  /** New prompts wait while this many trajectories are being written or may still begin in trees that have. One prompt never waits alone. */
  mostRows: number;
  signal: AbortSignal;
  /** Told the share of trajectories that have ended, at each join point. */
  onProgress?: (fraction: number) => void;
  /** Told how long the batch stood still for late tools. */
  onToolWait?: (seconds: number) => void;
}

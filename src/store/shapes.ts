/** The shapes inside jsonb columns. What the API shows of them is described by the modules' schemas. */
import type { EarlyEndReason, ErrorCategory } from '../spec/enums.js';
import type { Message, RolloutUsage } from '../protocol/messages.js';

/** Why a run, an evaluation, a dataset or a model failed. `code` is a code of the error table in lower case. */
export interface Failure {
  code: string;
  message: string;
  category: ErrorCategory;
}

/** A file of a model or a checkpoint; its bytes are the blob of that sha256. `name` may contain slashes. */
export interface StoredFile {
  name: string;
  sha256: string;
  size_bytes: number;
}

/** How much of a model has come in. */
export interface TransferProgress {
  bytes: number;
  /** Null while nobody has said. */
  total_bytes: number | null;
}

export interface RejectedRow {
  line: number;
  reason: string;
}

/** Names of the user's fields, by the name that Bough uses: `{question: "prompt", answer: "target"}`. */
export type FieldMapping = Record<string, string>;

export interface RlExample {
  /** The prompt: a last user turn, after system and earlier turns where the user gave messages. */
  messages: Message[];
  /** Text of the last user turn. */
  question: string;
  references: string[];
  metadata: Record<string, unknown>;
}

export interface SftExample {
  messages: Message[];
  metadata: Record<string, unknown>;
}

export interface PreferenceExample {
  /** The prompt. */
  messages: Message[];
  /** Two answers to it, of assistant and tool, the better first. */
  chosen: Message[];
  rejected: Message[];
  metadata: Record<string, unknown>;
}

export interface CorpusDocument {
  /** The user's id of the document, or its place in the file. */
  id: string;
  title: string;
  text: string;
}

/** A blob with which the documents of a corpus are ranked. */
export interface SearchIndex {
  /** Of its bytes. */
  format: number;
  /** Hex. */
  sha256: string;
  size_bytes: number;
}

export type ExampleData = RlExample | SftExample | PreferenceExample | CorpusDocument;

export interface RunProgress {
  step: number;
  steps: number | null;
  phase: string | null;
  /** Share of the phase that is done, 0 to 1, where it is known. */
  fraction: number | null;
}

export interface BestCheckpoint {
  id: string;
  step: number;
  /** By which it is the best: `eval/<set>/<metric>`. */
  metric: string;
  value: number;
}

/** Why a run that has succeeded took fewer steps than it was to. */
export interface EarlyEnd {
  reason: EarlyEndReason;
  message: string;
}

/** What an evaluation has cost, or a run's training. */
export interface Usage {
  prompt_tokens: number;
  sampled_tokens: number;
  trained_tokens: number;
  unique_tokens: number;
  tool_calls: number;
  tool_calls_linear_equivalent: number;
  wall_time_s: number;
}

export interface RunUsage extends Usage {
  /** Of the held-out questions, which are in none of the other counts but the time. */
  evaluation: RolloutUsage;
}

const NO_ROLLOUTS: Readonly<RolloutUsage> = Object.freeze({
  prompt_tokens: 0,
  sampled_tokens: 0,
  tool_calls: 0,
  tool_calls_linear_equivalent: 0,
});

export const NO_USAGE: Readonly<Usage> = Object.freeze({
  prompt_tokens: 0,
  sampled_tokens: 0,
  trained_tokens: 0,
  unique_tokens: 0,
  tool_calls: 0,
  tool_calls_linear_equivalent: 0,
  wall_time_s: 0,
});

export const NO_RUN_USAGE: Readonly<RunUsage> = Object.freeze({ ...NO_USAGE, evaluation: NO_ROLLOUTS });

/** The call that a tool segment answers. */
export interface StoredToolCall {
  name: string;
  input: string;
  /** Where the call stands in the text of the last model segment before, `end` not included. Absent: it was not recorded. */
  span?: { start: number; end: number } | undefined;
  call: string;
  outcome: 'ok' | 'program_error' | 'infra_error';
  text: string;
  latency_ms: number;
}

/** The port of every reward: finished responses and their references in, numbers with their reasons out. Not the grouping into advantages. */

/** What a dataset names as right: one answer or several, any of which will do. */
export type Reference = string | number | readonly (string | number)[];

/** A part of a response: what the policy wrote, a call that it made, what the tool answered. */
export interface ResponsePart {
  readonly kind: 'text' | 'call' | 'result';
  /** As it stands in the response, tags included. */
  readonly text: string;
  /** Of a call or a result: the tool's name. */
  readonly tool: string | null;
}

export interface RewardItem {
  /** All that follows the prompt, in order, with what the prompt had begun of it. */
  readonly response: readonly ResponsePart[];
  readonly reference: Reference;
  readonly question?: string;
  /** The other fields of the example, as the user gave them. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface RewardScore {
  readonly reward: number;
  /** Addends of the reward by name; they sum to it. */
  readonly parts: Record<string, number>;
  /** Why the reward is what it is, the deciding reason first. */
  readonly flags: string[];
  /** What was compared with the reference; null when nothing could be taken from the response. */
  readonly answer: string | null;
  readonly formatValid: boolean;
}

/** A bad response is a low score; `infra_error` says that the reward could not do its work. */
export type RewardOutcome =
  ({ readonly kind: 'scored' } & RewardScore) | { readonly kind: 'infra_error'; readonly message: string };

export interface Reward {
  /**
   * Scores answers to one prompt, so that they can be compared with each other.
   * @returns one outcome per answer, in order
   * @throws the signal's reason when that is aborted, and nothing else
   */
  score(items: readonly RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]>;
  /** Frees threads and memory. Not while it scores. */
  close(): Promise<void>;
}

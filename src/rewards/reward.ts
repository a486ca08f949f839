/** The port of every reward: a finished response and its reference in, a number with its reasons out. Not the grouping into advantages. */

/** What a dataset names as right: one answer or several, any of which will do. */
export type Reference = string | number | readonly (string | number)[];

export interface RewardItem {
  /** The whole decoded response of a rollout: the model's text and the tool results, without the prompt. */
  readonly response: string;
  readonly reference: Reference;
  readonly question?: string;
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

export interface Reward {
  /** Throws, or rejects, only when it could not do its work: a bad response is a low reward. */
  score(item: RewardItem): Promise<RewardScore> | RewardScore;
}

/** Asks for the rewards of a tree's trajectories. Computes none itself: rewards belong to the worker. */
import type { ScoreResult } from '../../protocol/messages.js';
import type { RewardStatus } from '../../spec/enums.js';
import { responseText, type Tree } from '../trees/tree.js';
import type { ScoreItem } from '../link.js';

/** What is known of a trajectory's worth. `reward` is null unless its status is `scored`. */
export interface Verdict {
  status: RewardStatus;
  reward: number | null;
  parts: Record<string, number>;
  flags: string[];
  answer: string | null;
  formatValid: boolean;
  exactMatch: number | null;
  /** Why there is no score, where a tool or judge could not work. */
  problem: string | null;
}

export interface JudgedTree {
  tree: Tree;
  /** One per trajectory. */
  verdicts_G: Verdict[];
}

const unscored = (status: RewardStatus, problem: string | null): Verdict => ({
  status,
  reward: null,
  parts: {},
  flags: [],
  answer: null,
  formatValid: false,
  exactMatch: null,
  problem,
});

function verdictOf(score: ScoreResult): Verdict {
  if (score.status === 'infra_error') return unscored('infra_error', score.message);
  const { reward, parts, flags, answer, format_valid, exact_match } = score;
  return {
    status: 'scored',
    reward,
    parts,
    flags,
    answer,
    formatValid: format_valid,
    exactMatch: exact_match,
    problem: null,
  };
}

/** A tree that nobody judged before the end. */
export function unjudged(tree: Tree): JudgedTree {
  return { tree, verdicts_G: tree.trajectories.map(() => unscored('masked', null)) };
}

/**
 * Verdicts on all trajectories of a tree, in one question. A trajectory whose tool could not work has no reward, and neither has one that was cut by
 * length if `maskTruncated`, or is unfinished.
 */
export async function judge(
  tree: Tree,
  ask: (items: ScoreItem[]) => Promise<ScoreResult[]>,
  maskTruncated: boolean,
): Promise<JudgedTree> {
  const exempt = tree.trajectories.map(({ leaf, finishReason }): Verdict | null => {
    if (finishReason === 'infra_error') return unscored('infra_error', tree.segments[leaf]!.tool?.text ?? null);
    const isMasked = finishReason === 'unfinished' || (finishReason === 'length' && maskTruncated);
    return isMasked ? unscored('masked', null) : null;
  });
  const asked = tree.trajectories.filter((_, i) => exempt[i] === null);
  const scores = await ask(
    asked.map(({ leaf }) => ({ example: tree.example, response: tree.begun + responseText(tree, leaf) })),
  );
  if (scores.length !== asked.length) {
    throw new RangeError(`${asked.length} trajectories were to be scored, ${scores.length} scores came back`);
  }
  const verdicts = scores.values();
  return { tree, verdicts_G: exempt.map((verdict) => verdict ?? verdictOf(verdicts.next().value!)) };
}

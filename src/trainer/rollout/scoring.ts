/** Asks for the rewards of a tree's trajectories. Computes none itself: rewards belong to the worker. */
import type { ScoreResult } from '../../protocol/messages.js';
import type { RewardStatus } from '../../spec/enums.js';
import { responseParts, type Tree } from '../trees/tree.js';
import type { ScoreQuestion } from '../link.js';

/** A trajectory's score. `reward` is null unless its status is `scored`. */
export interface Score {
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

export interface ScoredTree {
  tree: Tree;
  /** One per trajectory. */
  scores_G: Score[];
}

/** Of a trajectory that has no reward. */
export const unscored = (status: RewardStatus, problem: string | null): Score => ({
  status,
  reward: null,
  parts: {},
  flags: problem === null ? [] : [problem],
  answer: null,
  formatValid: false,
  exactMatch: null,
  problem,
});

/** What a reward has said of a trajectory. */
export function scoreOf(result: ScoreResult): Score {
  if (result.status === 'infra_error') return unscored('infra_error', result.message);
  const { reward, parts, flags, answer, format_valid, exact_match } = result;
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

/** A tree that nobody scored before the end. */
export function unscoredTree(tree: Tree): ScoredTree {
  return { tree, scores_G: tree.trajectories.map(() => unscored('masked', null)) };
}

/**
 * Scores of all trajectories of a tree, in one question. A trajectory whose tool could not work has no reward, and neither has one that was cut by
 * length if `maskTruncated`, or is unfinished.
 */
export async function scoreTree(
  tree: Tree,
  ask: (question: Pick<ScoreQuestion, 'example' | 'responses'>) => Promise<ScoreResult[]>,
  maskTruncated: boolean,
): Promise<ScoredTree> {
  const exempt = tree.trajectories.map(({ leaf, finishReason }): Score | null => {
    if (finishReason === 'infra_error') return unscored('infra_error', tree.segments[leaf]!.tool?.text ?? null);
    const isMasked = finishReason === 'unfinished' || (finishReason === 'length' && maskTruncated);
    return isMasked ? unscored('masked', null) : null;
  });
  const asked = tree.trajectories.filter((_, i) => exempt[i] === null);
  const responses = asked.map(({ leaf }) => responseParts(tree, leaf));
  const scores = await ask({ example: tree.example, responses });
  if (scores.length !== asked.length) {
    throw new RangeError(`${asked.length} trajectories were to be scored, ${scores.length} scores came back`);
  }
  const inOrder = scores.values();
  return { tree, scores_G: exempt.map((given) => given ?? scoreOf(inOrder.next().value!)) };
}

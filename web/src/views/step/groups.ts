/** The trajectories of a step by the prompt that they answer, and what each group has to teach. Pure. */
import type { TrajectorySummary, TreeSummary } from '../../api/rollouts.ts';
import { groupBy } from '../../format/group-by.ts';

export interface Group {
  readonly tree: TreeSummary;
  readonly trajectories: readonly TrajectorySummary[];
  readonly mean: number | null;
  /** Of the population; null without a reward. */
  readonly spread: number | null;
  readonly infraErrors: number;
  readonly masked: number;
  /** All rewards are alike: the advantages are 0, and nothing is learnt from it. */
  readonly hasNoSpread: boolean;
}

export function groupsOf(trees: readonly TreeSummary[], trajectories: readonly TrajectorySummary[]): Group[] {
  const byTree = groupBy(trajectories, ({ tree_id }) => tree_id);
  return trees.map((tree) => {
    const own = byTree.get(tree.id) ?? [];
    const rewards = own.map(({ reward }) => reward).filter((reward) => reward !== null);
    const mean = rewards.length === 0 ? null : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
    const spread =
      mean === null ? null : Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / rewards.length);
    return {
      tree,
      trajectories: own,
      mean,
      spread,
      infraErrors: own.filter(({ reward_status }) => reward_status === 'infra_error').length,
      masked: own.filter(({ reward_status }) => reward_status === 'masked').length,
      hasNoSpread: rewards.length > 0 && Math.max(...rewards) - Math.min(...rewards) < 1e-9,
    };
  });
}

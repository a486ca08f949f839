/**
 * Difficulty pools: questions that all trajectories of their last group solved, or none, teach little, and are asked again only with a chance. The pools and
 * their chances are those of prime-rl (`orchestrator/curriculum/difficulty_pools.py`: a weight for each pool of the latest group, and draws until one is
 * accepted). It puts a question by the mean of its group's rewards and draws from the whole dataset; here all rewards of the group have to agree, and the
 * dataset is still gone through in order. Does not choose questions: that is `step-questions.ts`.
 */
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { DifficultyPoolsSpec } from '../../spec/run/pools.js';
import { poolDraw } from '../draws.js';
import type { Pool } from '../model/checkpoint.js';

export class DifficultyPools {
  /** @param pools of the lines that are in one; part of the run's progress */
  constructor(
    private readonly spec: DifficultyPoolsSpec,
    private readonly seed: number,
    private readonly pools: Map<number, Pool>,
  ) {}

  /** Whether the question on this line is passed over in this pass over the dataset: a function of the seed and the two, as long as its pool is the same. */
  holdsBack(line: number, pass: number): boolean {
    const pool = this.pools.get(line);
    return pool !== undefined && poolDraw(this.seed, pass, line) >= this.spec[pool];
  }

  /** Puts a question where its newest rewards belong. Without any, because no trajectory could be scored, it stays where it is. */
  put(line: number, rewards: readonly number[]): void {
    const { solved_reward: solved, too_hard_reward: tooHard } = this.spec;
    if (rewards.length === 0) return;
    if (rewards.every((reward) => reward >= solved)) this.pools.set(line, 'solved');
    else if (rewards.every((reward) => reward <= tooHard)) this.pools.set(line, 'too_hard');
    else this.pools.delete(line);
  }

  /** Of both. */
  get size(): number {
    return this.pools.size;
  }

  sizeOf(wanted: Pool): number {
    return [...this.pools.values()].filter((pool) => pool === wanted).length;
  }
}

/** Why pools change nothing for a dataset with so many examples. */
export function doubtsAboutPools(
  { advantage, training }: Pick<PolicyRunSpec, 'advantage' | 'training'>,
  examples: number,
): string[] {
  const { pools, steps, prompts_per_step: prompts } = training;
  // Where groups are replaced nobody knows how many questions will be asked.
  if (pools === null || advantage.zero_variance === 'replace' || steps * prompts > examples) return [];
  return [
    `training.pools has no effect: the run asks ${steps * prompts} questions, and the dataset has ${examples}, so that none is asked twice`,
  ];
}

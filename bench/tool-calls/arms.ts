/** The ways to train that are compared. They start from one cold start with one seed, and differ in what is said here alone. */
import type { Schemas } from 'bough/client';

type Rollout = NonNullable<Extract<Schemas['RunSpec'], { method: 'arpo' }>['rollout']>;

export const armNames = ['grpo', 'n4', 'n2', 'deferred', 'random'] as const;
export type ArmName = (typeof armNames)[number];

export interface Arm {
  readonly title: string;
  readonly method: 'grpo' | 'arpo';
  readonly rollout: Rollout;
  /** The others go on for longer than GRPO, with fewer calls in each step: an arm that is a little behind can still reach the endpoint. */
  readonly steps: number;
}

const forking = { method: 'arpo', steps: 60 } as const;
const probe_tokens = 10;

export const arms: { readonly [Name in ArmName]: Arm } = {
  grpo: { title: 'GRPO', method: 'grpo', rollout: {}, steps: 50 },
  n4: { ...forking, title: 'ARPO, N 4', rollout: { initial: 4, branch_factor: 1, probe_tokens } },
  n2: { ...forking, title: 'ARPO, N 2, three attempts', rollout: { initial: 2, branch_factor: 3, probe_tokens } },
  deferred: {
    ...forking,
    title: 'ARPO, N 2, deferred by ΔH',
    rollout: { initial: 2, branching: 'deferred', slot_order: 'entropy', probe_tokens },
  },
  random: {
    ...forking,
    title: 'ARPO, N 2, deferred at random',
    rollout: { initial: 2, branching: 'deferred', slot_order: 'random', probe_tokens },
  },
};

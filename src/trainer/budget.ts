/** What a run may spend: counts training's tool calls and sampled tokens, and all its time, and stops before a limit is passed. */
import type { ResolvedRunSpec } from '../spec/run-spec.js';

/** Counts what is spent, and throws where a budget ends. */
export interface Meter {
  sampled(tokens: number): void;
  calledTool(): void;
  check(): void;
}

type Limits = ResolvedRunSpec['budget'];
type Spent = { [K in keyof Limits]: number };

/** Nothing more may be spent. The step that was under way is abandoned: what it has spent counts, and nothing is learnt from it. */
export class BudgetReached extends Error {
  override readonly name = 'BudgetReached';

  constructor(
    readonly budget: keyof Limits,
    readonly used: number,
    readonly limit: number,
  ) {
    super(`budget.${budget} of ${limit} is used up`);
  }
}

export class Budget implements Meter {
  private readonly startedAt = performance.now();
  private readonly spent: Spent;

  /** `before`: what earlier attempts of the run have spent. */
  constructor(
    private readonly limits: Limits,
    before: Spent,
  ) {
    this.spent = { ...before };
  }

  /** Throws BudgetReached instead of passing the limit, like `calledTool`. */
  sampled(tokens: number): void {
    this.spend('sampled_tokens', tokens);
  }

  calledTool(): void {
    this.spend('tool_calls', 1);
  }

  /** Throws BudgetReached when the time is up. */
  check(): void {
    const limit = this.limits.wall_time_s;
    if (limit !== null && this.used('wall_time_s') >= limit) this.stop('wall_time_s', limit);
  }

  /** Of what is not training, and spends time only. */
  get timeOnly(): Meter {
    return { sampled: () => {}, calledTool: () => {}, check: () => this.check() };
  }

  /** The first budget of which nothing is left. */
  get reached(): BudgetReached | null {
    for (const budget of Object.keys(this.limits) as (keyof Limits)[]) {
      const limit = this.limits[budget];
      if (limit !== null && this.used(budget) >= limit) return new BudgetReached(budget, this.used(budget), limit);
    }
    return null;
  }

  used(budget: keyof Limits): number {
    const elapsed = budget === 'wall_time_s' ? (performance.now() - this.startedAt) / 1000 : 0;
    return this.spent[budget] + elapsed;
  }

  private spend(budget: 'sampled_tokens' | 'tool_calls', count: number): void {
    const limit = this.limits[budget];
    if (limit !== null && this.spent[budget] + count > limit) this.stop(budget, limit);
    this.spent[budget] += count;
  }

  private stop(budget: keyof Limits, limit: number): never {
    throw new BudgetReached(budget, this.used(budget), limit);
  }
}

/** A policy run: rollout, credit, update, until its steps are done, its budget is spent, or somebody cancels. What each part does is in its own file. */
import { BudgetReached } from '../budget.js';
import type { Link } from '../link.js';
import { PolicyRun, type PolicyJob } from './policy-run.js';

export async function train(job: PolicyJob, link: Link): Promise<void> {
  const run = await PolicyRun.prepare(job, link);
  try {
    while (run.step < run.steps && !run.budgetReached) {
      const selection = await run.rollout(); //          1. sample, call tools, branch
      const credited = await run.credit(selection); //   2. rewards, advantages
      const update = await run.update(credited); //      3. optimiser steps on the trees' unique tokens
      await run.conclude(credited, update); //           4. held-out evaluation, metrics, checkpoint
    }
    await run.finish();
  } catch (error) {
    await run.abandonStep();
    if (!(error instanceof BudgetReached)) throw error;
    await run.finish(error);
  } finally {
    await run.close();
  }
}

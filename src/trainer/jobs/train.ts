/** The life of a run, whatever it is trained by: steps until they are done, nothing improves any more, a budget is used up or somebody pauses or cancels it, checkpoints between them, and the end. */
import { BudgetReached } from '../budget.js';
import { StepGivenUp } from '../external/agent-runner.js';
import type { BestSoFar } from '../model/checkpoint.js';
import type { StepReport, TrainingRun } from './training-run.js';

/** What one way of training does in a run: `train-policy.ts` and `train-supervised.ts`. */
export interface Training {
  readonly run: TrainingRun;
  /** Takes the next step, and moves the run's progress on by it. Rejects with BudgetReached where a budget does not suffice for it. */
  step(): Promise<StepReport>;
  /** Closes the run, and what the training has opened beside it. */
  close(): Promise<void>;
}

/** Why no further step is taken. */
type Ending = 'done' | 'paused' | BudgetReached | BestSoFar;

/** Returns how the run ended: one that was paused goes on from its last checkpoint, if it has come as far as to have one. */
export async function train(training: Training): Promise<'done' | 'paused'> {
  try {
    const ending = await takeSteps(training);
    if (ending === 'paused') return 'paused';
    await finish(training.run, ending);
    return 'done';
  } finally {
    await training.close();
  }
}

async function takeSteps(training: Training): Promise<Ending> {
  let cut: BudgetReached | null = null;
  for (;;) {
    const next = nextOf(training.run, cut);
    if (next === 'step') cut = await takeStep(training);
    else if (next === 'checkpoint') await training.run.checkpoint(false);
    else return next;
  }
}

/** What a run does next. Nothing else decides this: asked before the first step, after each, and after each checkpoint, whose writing takes time as well. */
function nextOf(run: TrainingRun, cut: BudgetReached | null): 'step' | 'checkpoint' | Ending {
  if (cut) return cut;
  if (run.step >= run.steps) return 'done';
  if (run.exhausted) return run.exhausted;
  if (run.budget.reached) return run.budget.reached;
  if (run.link.isPausing) return run.isKept ? 'paused' : 'checkpoint';
  return run.isCheckpointDue ? 'checkpoint' : 'step';
}

/** Returns the budget that makes this step the last, or has kept it from being finished. */
async function takeStep(training: Training): Promise<BudgetReached | null> {
  const { run } = training;
  run.link.signal.throwIfAborted();
  try {
    const report = await training.step();
    await run.record(report);
    return report.cut;
  } catch (error) {
    if (error instanceof BudgetReached) return error;
    if (error instanceof StepGivenUp) return null;
    throw error;
  }
}

async function finish(run: TrainingRun, ending: Exclude<Ending, 'paused'>): Promise<void> {
  if (ending instanceof BudgetReached) {
    const { budget, used, limit } = ending;
    await run.link.store({ type: 'budget_reached', budget, used, limit });
  } else if (ending !== 'done') {
    const { step, value, waited: evaluations } = ending;
    await run.link.store({ type: 'no_improvement', step, value, evaluations });
  }
  await run.checkpoint(true);
}

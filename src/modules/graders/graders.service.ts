/** Tries rewards on answers that a client brings. The scores of runs are the worker's, by the same code. */
import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { bracketed, refuse } from '../../http/answer/problems.js';
import { rewardFaults } from '../../rewards/check-reward.js';
import { createReward } from '../../rewards/create-reward.js';
import type { ResponsePart, RewardItem, RewardOutcome } from '../../rewards/reward.js';
import type { SpecProblem } from '../../spec/problem.js';
import { resolveReward, rewardProblems, type RewardSpecInput } from '../../spec/rewards/index.js';
import type {
  GivenPart,
  GradedItem,
  GraderRun,
  GraderRunResult,
  GraderValidation,
  GraderValidationResult,
} from './grader.schema.js';
import { Turns } from './turns.js';

/** What one request may take, the wait for its turn included. */
const LIMIT_S = 60;
/** Requests that are scored at the same time: a Python function takes a sandbox. */
const AT_A_TIME = 2;

@Injectable()
export class GradersService {
  private readonly turns = new Turns(AT_A_TIME);

  async validate({ grader }: GraderValidation): Promise<GraderValidationResult> {
    const problems = await problemsOf(grader);
    return {
      object: 'grader.validation',
      valid: problems.length === 0,
      grader: resolveReward(grader),
      problems: problems.map(({ path, message }) => ({ path: bracketed(path), message })),
    };
  }

  /** @throws {AppError} UNPROCESSABLE_SPEC for a grader that cannot work, GRADER_TOO_SLOW after a minute */
  async run({ grader, items }: GraderRun): Promise<GraderRunResult> {
    refuse(await problemsOf(grader));
    const deadline = new AbortController();
    const late = new AppError('GRADER_TOO_SLOW', { items: items.length, limitS: LIMIT_S });
    const timer = setTimeout(() => deadline.abort(late), LIMIT_S * 1000);
    try {
      const outcomes = await this.turns.take(
        () => scoresOf(grader, items.map(itemOf), deadline.signal),
        deadline.signal,
      );
      return { object: 'list', data: outcomes.map(gradedItem) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Of the contract, and then of what only trying it tells. */
async function problemsOf(grader: RewardSpecInput): Promise<SpecProblem[]> {
  const problems = rewardProblems(grader, 'grader');
  return problems.length > 0 ? problems : rewardFaults(resolveReward(grader), 'grader');
}

async function scoresOf(grader: RewardSpecInput, items: RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]> {
  const reward = createReward(resolveReward(grader), { pythonThreads: 1 });
  try {
    return await reward.score(items, signal);
  } finally {
    await reward.close();
  }
}

function itemOf({ response, question, metadata, ...item }: GraderRun['items'][number]): RewardItem {
  return {
    ...item,
    response: typeof response === 'string' ? [partOf({ kind: 'text', text: response })] : response.map(partOf),
    ...(question === undefined ? {} : { question }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

const partOf = ({ kind, text, tool = null }: GivenPart): ResponsePart => ({ kind, text, tool });

function gradedItem(outcome: RewardOutcome): GradedItem {
  if (outcome.kind === 'infra_error') {
    const { kind: status, message: error } = outcome;
    return { status, reward: null, parts: {}, flags: [], answer: null, format_valid: false, error };
  }
  const { kind: status, reward, parts, flags, answer, formatValid: format_valid } = outcome;
  return { status, reward, parts, flags, answer, format_valid, error: null };
}

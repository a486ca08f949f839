/** Tries rewards on answers that a client brings. The scores of runs are the worker's, by the same code. */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../../config/config.js';
import { AppError } from '../../errors/app-error.js';
import { bracketed, refuse } from '../../http/answer/problems.js';
import { CONFIG } from '../../http/http.module.js';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { rewardFaults } from '../../rewards/check-reward.js';
import type { JudgeEndpoint } from '../../rewards/create-reward.js';
import { judgeEndpoint, openReward } from '../../rewards/open-reward.js';
import type { ResponsePart, RewardItem, RewardOutcome } from '../../rewards/reward.js';
import { Turns } from '../../outgoing/turns.js';
import type { SpecProblem } from '../../spec/problem.js';
import {
  comparisonsIn,
  resolveReward,
  rewardProblems,
  type ResolvedRewardSpec,
  type RewardSpecInput,
} from '../../spec/rewards/index.js';
import { ProjectSecrets } from '../../store/project-secrets.js';
import { referenceProblems, rewardReferences } from '../../store/references.js';
import type {
  GivenPart,
  GradedItem,
  GraderRun,
  GraderRunResult,
  GraderValidation,
  GraderValidationResult,
} from './grader.schema.js';
import { byPrompt } from './prompts.js';

/** What one request may take, the wait for its turn included. */
const LIMIT_S = 60;
/** Requests that are scored at the same time: a Python function takes a sandbox. */
const AT_A_TIME = 2;

@Injectable()
export class GradersService {
  private readonly turns = new Turns(AT_A_TIME);
  private readonly guard: AddressGuard;
  private readonly judge: JudgeEndpoint | null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: ProjectSecrets,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.guard = new AddressGuard(config.allowedNetworks);
    this.judge = judgeEndpoint(config, this.guard);
  }

  async validate(projectId: string, { grader }: GraderValidation): Promise<GraderValidationResult> {
    const problems = await this.problemsOf(projectId, grader);
    return {
      object: 'grader.validation',
      valid: problems.length === 0,
      grader: resolveReward(grader),
      problems: problems.map(({ path, message }) => ({ path: bracketed(path), message })),
    };
  }

  /** @throws {AppError} UNPROCESSABLE_SPEC for a grader that cannot work, GRADER_TOO_SLOW after a minute */
  async run(projectId: string, { grader, items }: GraderRun): Promise<GraderRunResult> {
    const spec = resolveReward(grader);
    const prompts = byPrompt(items.map(itemOf));
    refuse([...(await this.problemsOf(projectId, grader)), ...lonely(spec, prompts)]);
    const deadline = new AbortController();
    const late = new AppError('GRADER_TOO_SLOW', { items: items.length, limitS: LIMIT_S });
    const timer = setTimeout(() => deadline.abort(late), LIMIT_S * 1000);
    const { signal } = deadline;
    try {
      const outcomes = await this.turns.take(() => this.scoresOf(projectId, spec, prompts, signal), signal);
      return { object: 'list', data: outcomes.map(gradedItem) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Of the contract, and then of what only trying it tells. */
  private async problemsOf(projectId: string, grader: RewardSpecInput): Promise<SpecProblem[]> {
    const problems = rewardProblems(grader, 'grader');
    if (problems.length > 0) return problems;
    const spec = resolveReward(grader);
    return [
      ...(await referenceProblems(this.dataSource.manager, projectId, rewardReferences(spec, 'grader'))),
      ...(await rewardFaults(spec, 'grader', this.config)),
    ];
  }

  /** @returns the outcome of each item, in the order of the request */
  private async scoresOf(
    projectId: string,
    spec: ResolvedRewardSpec,
    prompts: ReadonlyMap<number, RewardItem>[],
    signal: AbortSignal,
  ): Promise<RewardOutcome[]> {
    const reward = await openReward(spec, {
      pythonThreads: 1,
      guard: this.guard,
      judge: this.judge,
      secretValue: (name) => this.secrets.value(projectId, name),
      job: 'grader',
      keptOf: null,
    });
    try {
      const scored = await Promise.all(
        prompts.map(async (prompt) => {
          const outcomes = await reward.score([...prompt.values()], signal);
          return [...prompt.keys()].map((place, i) => ({ place, outcome: outcomes[i] }));
        }),
      );
      const inOrder = scored.flat().toSorted((a, b) => a.place - b.place);
      return inOrder.flatMap(({ outcome }) => outcome ?? []);
    } finally {
      await reward.close();
    }
  }
}

/** Answers that a grader is to compare with others, and that are alone. */
function lonely(spec: ResolvedRewardSpec, prompts: readonly ReadonlyMap<number, RewardItem>[]): SpecProblem[] {
  const [comparison] = comparisonsIn(spec, 'grader');
  const alone = comparison === undefined ? undefined : prompts.find(({ size }) => size === 1);
  if (!alone) return [];
  const message = `${comparison} compares the answers to one prompt with each other: give 2 items or more with the same question, references and metadata`;
  return [{ path: `items.${[...alone.keys()][0]}`, message }];
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

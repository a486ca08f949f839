/** An evaluation job: answers all questions with the sampling that was asked for, has them scored, and streams them. */
import type { EvaluateJob, EvaluationItemRecord, ScoreResult } from '../../protocol/messages.js';
import { modelTokens, pathTo, responseText } from '../trees/tree.js';
import { RolloutDraws } from '../draws.js';
import { deviceOf } from '../device.js';
import type { Link } from '../link.js';
import { questionsOf } from '../examples/examine-examples.js';
import { loadModel } from '../model/loaded-model.js';
import { doubtsAbout } from '../model/model-doubts.js';
import { RolloutRunner } from '../rollout/rollout-runner.js';
import type { Meter } from '../budget.js';
import { evaluationSettings } from '../rollout/settings.js';
import type { ScoredTree, Score } from '../rollout/scoring.js';
import { rolloutUsage } from './usage.js';

/** An evaluation has no budget. */
export const unlimited: Meter = { sampled: () => {}, calledTool: () => {}, check: () => {} };

export async function evaluate(job: EvaluateJob, link: Link): Promise<void> {
  const { spec, model_directory: directory } = job;
  link.phase('preparing', 0, 1);
  const model = await loadModel(directory, { device: deviceOf(job), prompt: spec.prompt, tools: job.tools });
  for (const doubt of doubtsAbout(model.renderer)) await link.log('warn', doubt);
  const limits = { maxPromptTokens: null, maxResponseTokens: spec.sampling.max_response_tokens };
  const onProgress = (fraction: number) => link.phase('preparing', 0, 1, fraction);
  const prompts = await questionsOf(job.examples, model, { ...limits, limit: spec.limit }, { link, onProgress });
  const total = prompts.length;

  let done = 0;
  const each = async (scored: ScoredTree) => {
    done += 1;
    const usage = rolloutUsage([scored.tree]);
    await link.store({ type: 'evaluation_items', items: itemsOf(scored), usage, done, total });
  };
  const questions = {
    prompts,
    settings: evaluationSettings(spec.sampling),
    draws: new RolloutDraws(spec.seed, 0),
    datasetOf: () => spec.dataset,
    maskTruncated: false,
    step: 0,
    callPrefix: '0/',
    meter: unlimited,
    onProgress: (fraction: number) => link.phase('evaluate', 0, 1, fraction),
  };
  const { stopped } = await new RolloutRunner(model, job, link).ask(questions, { each });
  if (stopped !== null) throw stopped;
  await model.policy.close();
}

function itemsOf({ tree, scores_G }: ScoredTree): EvaluationItemRecord[] {
  return tree.trajectories.map(({ leaf, finishReason }, sample) => ({
    example: tree.example,
    sample,
    response: responseText(tree, leaf),
    finish_reason: finishReason,
    tool_calls: pathTo(tree, leaf).filter((segment) => tree.segments[segment]!.kind === 'tool').length,
    model_tokens: modelTokens(tree, leaf),
    score: scoreOf(scores_G[sample]!),
  }));
}

function scoreOf({ reward, parts, flags, answer, formatValid, exactMatch, problem }: Score): ScoreResult {
  if (reward === null) return { status: 'infra_error', message: problem ?? 'a tool could not work' };
  return {
    status: 'scored',
    reward,
    parts,
    flags,
    answer,
    format_valid: formatValid,
    exact_match: exactMatch ?? 0,
  };
}

/** What this service and its database say to a posted run beyond its plan: the same of a run and of its preview. */
import type { EntityManager } from 'typeorm';
import type { Config } from '../../config/config.js';
import { rewardFaults } from '../../rewards/check-reward.js';
import type { SpecProblem } from '../../spec/problem.js';
import { rewardOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import { missingWorker, trainingRequirementsOf } from '../../store/requirements.js';
import { forbiddenTrackers } from './forbidden-trackers.js';
import { scarceQuestions } from './scarce-questions.js';

/** What keeps it from running that only trying tells. */
export async function runFaults(spec: ResolvedRunSpec, config: Config): Promise<SpecProblem[]> {
  return [
    ...(await rewardFaults(rewardOf(spec), 'reward', config)),
    ...(await forbiddenTrackers(spec.integrations, config)),
  ];
}

/** What it lacks as things are now: questions, and a worker that can take it. */
export async function runWarnings(manager: EntityManager, projectId: string, spec: ResolvedRunSpec): Promise<string[]> {
  return [
    ...(await scarceQuestions(manager, projectId, spec)),
    ...(await missingWorker(manager, trainingRequirementsOf(spec))),
  ];
}

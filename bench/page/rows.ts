/** A long run to be looked at, as a worker would have left it. */
import { newId } from '../../src/store/ids.js';
import { insertRun } from '../service/runs.js';
import type { MeasuredService } from '../service/service.js';

export const STEPS = 1000;
/** Of a step: groups, and trajectories in each. */
const GROUPS = 8;
const GROUP_SIZE = 8;
export const TRAJECTORIES = STEPS * GROUPS * GROUP_SIZE;

/** With the metrics of every step, in the groups that the page draws and in others, and with all trees and trajectories. */
export async function insertLongRun(service: MeasuredService): Promise<void> {
  const { dataSource, projectId } = service;
  const run = await insertRun(service, 'succeeded');
  const progress = { step: STEPS, steps: STEPS, phase: null, fraction: null };
  await dataSource.query('UPDATE runs SET progress = $2 WHERE id = $1', [run.id, JSON.stringify(progress)]);
  await dataSource.query(
    `INSERT INTO run_steps (run_id, step, attempt, metrics)
     SELECT $1, step, 1, (
       SELECT jsonb_object_agg(name, abs(sin(step * (1 + length(name)) * 0.01)) * (1 + step / 1000.0)) FROM unnest($3::text[]) AS name)
     FROM generate_series(1, $2::int) AS step`,
    [run.id, STEPS, METRICS],
  );
  const prefix = newId('tree').slice(0, 12);
  await dataSource.query(
    `INSERT INTO trees (id, project_id, run_id, step, index, attempt, example)
     SELECT $1 || lpad(t::text, 8, '0'), $2, $3, 1 + t / $4, t % $4, 1, 0 FROM generate_series(0, $5::int - 1) AS t`,
    [prefix, projectId, run.id, GROUPS, STEPS * GROUPS],
  );
  await dataSource.query(
    `INSERT INTO trajectories (id, project_id, run_id, tree_id, step, index, attempt, leaf_segment_id, segment_ids, reward, parts, flags,
       answer, format_valid, exact_match, advantage, reward_status, finish_reason, num_tokens)
     SELECT 'trj_' || lpad(i::text, 26, '0'), $2, $3, $1 || lpad((i / $4)::text, 8, '0'), 1 + i / $4 / $6, i % $4, 1, 'seg_0', '{seg_0}',
       (i % 1000 * 7919 % 12) / 11.0, '{"f1": 1}', '{}', 'A', true, 1, 0.5, 'scored', 'stop', 100
     FROM generate_series(0, $5::int - 1) AS i`,
    [prefix, projectId, run.id, GROUP_SIZE, TRAJECTORIES, GROUPS],
  );
  await dataSource.query('ANALYZE trees, trajectories, run_steps');
}

const METRICS = [
  'reward/mean',
  'reward/std',
  'tools/calls',
  'tools/calls_linear_equivalent',
  'rollout/entropy_mean',
  'rollout/entropy_after_tool',
  'policy/entropy',
  'rollout/branches',
  'rollout/forks_refused_by_draw',
  'rollout/forks_refused_for_slots',
  'groups/zero_variance',
  'groups/skipped',
  'rollout/response_tokens_mean',
  'optimizer/grad_norm',
  'optimizer/learning_rate',
  'policy/loss',
  'policy/kl_to_old',
  'policy/clip_fraction',
  'policy/ratio_max',
  'tokens/sampled',
  'time/sample_s',
  'time/tools_s',
  'time/score_s',
  'time/update_s',
  'time/store_s',
  'tools/python/calls',
  'tools/python/errors',
  'tools/search/calls',
  'tools/search/errors',
];

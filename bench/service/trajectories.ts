/** Filters of a long list that find nothing, against one that finds what it looks for at once. */
import { compared } from '../harness/comparison.js';
import { newId } from '../../src/store/ids.js';
import type { ServiceBenchmark } from './benchmark.js';
import { insertRun } from './runs.js';
import type { MeasuredService } from './service.js';

const ROWS = 1_000_000;
/** Of a tree. */
const GROUP = 16;

const MATCHING = 'limit=20';
const FILTERS = {
  'min_reward that nothing reaches': 'min_reward=2',
  'max_reward that nothing is below': 'max_reward=-1',
  'status that nothing has': 'status=masked',
  'two statuses that nothing has': 'status=masked,infra_error',
} as const;

export const trajectories: ServiceBenchmark = {
  title: 'Filtering a million trajectories',
  how: '`GET /v1/runs/{id}/trajectories` of a run with 1,000,000 trajectories, one request at a time: filters that match nothing, against one whose matches are everywhere.',
  rounds: 20,
  run: async (service, { rounds, say }) => {
    const { id } = await insertRun(service, 'succeeded');
    say(`inserting ${ROWS.toLocaleString('en')} trajectories`);
    await insertTrajectories(service, id);
    const path = `${service.bough.url}/v1/runs/${id}/trajectories?`;
    const queries = { ...FILTERS, matching: 'min_reward=0.5', all: MATCHING };
    const samples = new Map<string, number[]>(Object.keys(queries).map((name) => [name, []]));
    for (let round = -3; round < rounds; round++) {
      for (const [name, query] of Object.entries(queries)) {
        const started = performance.now();
        const answer = await fetch(`${path}${query}`, { headers: service.headers });
        await answer.text();
        if (!answer.ok) throw new Error(`${query} answers ${answer.status}`);
        if (round >= 0) samples.get(name)?.push(performance.now() - started);
      }
    }
    const of = (name: string) => samples.get(name) ?? [];
    return Object.keys(FILTERS).map((name) =>
      compared({ what: name, unit: 'ms', better: 'lower' }, [
        { name: 'nothing matches', samples: of(name) },
        { name: 'min_reward that half reach', samples: of('matching') },
        { name: 'no filter', samples: of('all') },
      ]),
    );
  },
};

/** All scored, with rewards from 0 to 1. */
async function insertTrajectories({ dataSource, projectId }: MeasuredService, runId: string): Promise<void> {
  const prefix = newId('tree').slice(0, 12);
  const trees = Math.ceil(ROWS / GROUP);
  await dataSource.query(
    `INSERT INTO trees (id, project_id, run_id, step, index, attempt, example)
     SELECT $1 || lpad(t::text, 8, '0'), $2, $3, t / 64, t % 64, 1, 0 FROM generate_series(0, $4::int - 1) AS t`,
    [prefix, projectId, runId, trees],
  );
  await dataSource.query(
    `INSERT INTO trajectories (id, project_id, run_id, tree_id, step, index, attempt, leaf_segment_id, segment_ids, reward, parts, flags,
       answer, format_valid, exact_match, advantage, reward_status, finish_reason, num_tokens)
     SELECT 'trj_' || lpad(i::text, 26, '0'), $2, $3, $1 || lpad((i / $4)::text, 8, '0'), i / $4 / 64, i % $4, 1, 'seg_0', '{seg_0}',
       (i % 1000 * 7919 % 1000) / 1000.0, '{"f1": 1}', '{}', 'A', true, 1, 0.5, 'scored', 'stop', 100
     FROM generate_series(0, $5::int - 1) AS i`,
    [prefix, projectId, runId, GROUP, ROWS],
  );
}

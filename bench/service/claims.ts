/** A full queue and several workers: how long a claim takes, and whether any job is given out twice. */
import { createDataSource } from '../../src/store/data-source.js';
import { Job } from '../../src/store/entities/job.entity.js';
import { newId } from '../../src/store/ids.js';
import { claimJob, createJob } from '../../src/store/jobs.js';
import { requirementsOf } from '../../src/store/requirements.js';
import { compared } from '../harness/comparison.js';
import { quantile } from '../harness/statistics.js';
import type { ServiceBenchmark } from './benchmark.js';
import type { MeasuredService } from './service.js';

const JOBS = 1000;
const WORKERS = 4;

export const claims: ServiceBenchmark = {
  title: 'Claiming queued runs',
  how: `${JOBS} queued runs of one project, and ${WORKERS} workers that claim one after the other, each with a connection of its own, until none is left. That each is given out once is checked.`,
  rounds: 5,
  run: async (service, { rounds, say }) => {
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () => createDataSource(service.bough.databaseUrl).initialize()),
    );
    const [p50, p99, rates]: [number[], number[], number[]] = [[], [], []];
    try {
      for (let round = -1; round < rounds; round++) {
        await fillQueue(service);
        const claimed: string[] = [];
        const times: number[] = [];
        const started = performance.now();
        await Promise.all(
          workers.map(async (dataSource, i) => {
            for (;;) {
              const asked = performance.now();
              const job = await dataSource.transaction((manager) =>
                // What the service's own worker does not have: it claims none of these.
                claimJob(manager, { lane: 'train', workerId: `worker ${i}`, leaseS: 600, accelerators: ['cuda'] }),
              );
              if (!job) return;
              times.push(performance.now() - asked);
              claimed.push(job.id);
            }
          }),
        );
        const rate = (1000 * claimed.length) / (performance.now() - started);
        if (new Set(claimed).size !== JOBS) throw new Error(`${new Set(claimed).size} jobs of ${JOBS} were given out`);
        if (claimed.length !== JOBS) throw new Error(`${claimed.length - JOBS} jobs were given out twice`);
        say(`round ${round + 1} of ${rounds}: p99 ${quantile(times, 0.99).toFixed(1)} ms, ${rate.toFixed(0)} claims/s`);
        if (round < 0) continue;
        p50.push(quantile(times, 0.5));
        p99.push(quantile(times, 0.99));
        rates.push(rate);
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.destroy()));
    }
    const name = 'Bough';
    return [
      compared({ what: 'a claim, p50', unit: 'ms', better: 'lower' }, [{ name, samples: p50 }]),
      compared({ what: 'a claim, p99', unit: 'ms', better: 'lower' }, [{ name, samples: p99 }]),
      compared({ what: 'claims in all', unit: 'claims/s', better: 'higher' }, [{ name, samples: rates }]),
    ];
  },
};

async function fillQueue({ dataSource, projectId }: MeasuredService): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.clear(Job);
    const requires = requirementsOf({ accelerator: 'cuda' });
    for (let i = 0; i < JOBS; i++) {
      await createJob(manager, projectId, { kind: 'run.train', subjectId: newId('run'), uses: [], requires });
    }
  });
}

/** Many listeners to the events of one run: how long after its commit an event has reached them, and what it costs PostgreSQL. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvent } from '../../src/store/events.js';
import { compared } from '../harness/comparison.js';
import { quantile } from '../harness/statistics.js';
import type { ServiceBenchmark } from './benchmark.js';
import { insertRun } from './runs.js';
import type { MeasuredService } from './service.js';

const LISTENERS = 200;
/** Of a round. */
const EVENTS = 30;
const EVERY_MS = 150;
/** PostgreSQL counts what a connection did when it has been idle for a while. */
const COUNTED_MS = 1500;

export const events: ServiceBenchmark = {
  title: 'Listening to a run',
  how: `${LISTENERS} listeners to the events of one run, which gets one every ${EVERY_MS} ms. From the commit of the event to its arrival, for all listeners; the listeners are one process beside the service.`,
  rounds: 5,
  run: async (service, { rounds, say }) => {
    const { id } = await insertRun(service, 'queued');
    const committed = new Map<number, number>();
    let arrivals: { sequence: number; at: number }[] = [];
    const agent = new Agent({ maxSockets: LISTENERS });
    const listeners = await Promise.all(
      Array.from({ length: LISTENERS }, () =>
        listen(service, id, agent, (sequence) => arrivals.push({ sequence, at: performance.now() })),
      ),
    );
    const [p50, p99, transactions]: [number[], number[], number[]] = [[], [], []];
    try {
      for (let round = -1; round < rounds; round++) {
        arrivals = [];
        const before = await transactionsOf(service);
        for (let i = 0; i < EVENTS; i++) {
          const sequence = await service.dataSource.transaction((manager) =>
            appendEvent(manager, id, { level: 'info', type: 'run.log', message: `event ${i}`, data: { step: i } }),
          );
          committed.set(sequence, performance.now());
          await sleep(EVERY_MS);
        }
        const after = await transactionsOf(service);
        if (arrivals.length !== EVENTS * LISTENERS) throw new Error(`${arrivals.length} events arrived`);
        const delays = arrivals.map(({ sequence, at }) => at - (committed.get(sequence) ?? at));
        say(`round ${round + 1} of ${rounds}: p99 ${quantile(delays, 0.99).toFixed(1)} ms`);
        if (round < 0) continue;
        p50.push(quantile(delays, 0.5));
        p99.push(quantile(delays, 0.99));
        transactions.push((after - before) / EVENTS);
      }
    } finally {
      for (const listener of listeners) listener.destroy();
      agent.destroy();
    }
    const name = 'Bough';
    return [
      compared({ what: 'delay, p50', unit: 'ms', better: 'lower' }, [{ name, samples: p50 }]),
      compared({ what: 'delay, p99', unit: 'ms', better: 'lower' }, [{ name, samples: p99 }]),
      compared(
        {
          what: 'per event, the one that writes it and the idle service included',
          unit: 'transactions',
          better: 'lower',
        },
        [{ name, samples: transactions }],
      ),
    ];
  },
};

function listen(
  { bough, headers }: MeasuredService,
  id: string,
  agent: Agent,
  arrived: (sequence: number) => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = `${bough.url}/v1/runs/${id}/events`;
    get(url, { agent, headers: { ...headers, accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`GET ${url} answers ${response.statusCode}`));
        return;
      }
      // Cut off at the end.
      response.on('error', () => undefined);
      createInterface({ input: response }).on('line', (line) => {
        if (line.startsWith('id: ')) arrived(Number(line.slice(4)));
      });
      resolve(response);
    }).once('error', reject);
  });
}

async function transactionsOf({ dataSource }: MeasuredService): Promise<number> {
  await sleep(COUNTED_MS);
  const [row] = await dataSource.query<{ count: string }[]>(
    'SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.count);
}

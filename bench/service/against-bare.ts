/** A route of the service against a bare Nest route that answers the same JSON: in turn, under the same load. */
import { compared } from '../harness/comparison.js';
import type { QuantityResult } from '../harness/results.js';
import { startBareRoute } from './bare-route.js';
import { load } from './load.js';
import type { MeasuredService } from './service.js';

const CONNECTIONS = 10;
const SECONDS = 2;
/** Rounds at the beginning that do not count: code is compiled and connections are opened. */
const WARMUPS = 2;

interface Side {
  name: string;
  url: string;
  cpuSeconds: () => Promise<number>;
  rates: number[];
  costs: number[];
}

export interface AgainstBareOptions {
  /** What is asked, for the table. */
  what: string;
  path: string;
  rounds: number;
  say: (line: string) => void;
}

/** Requests per second, and what one costs in processor time of the process that answers, which other work on the machine disturbs less. */
export async function againstBare(
  service: MeasuredService,
  { what, path, rounds, say }: AgainstBareOptions,
): Promise<QuantityResult[]> {
  const { headers, bough } = service;
  const url = `${bough.url}${path}`;
  const answer = await (await fetch(url, { headers })).text();
  const bare = await startBareRoute(JSON.parse(answer) as object);
  try {
    const cpuSeconds = () => service.figure('process_cpu_seconds_total');
    const sides: Side[] = [
      { name: 'Bough', url, cpuSeconds, rates: [], costs: [] },
      { name: 'bare Nest route', url: bare.url, cpuSeconds: bare.cpuSeconds, rates: [], costs: [] },
    ];
    for (let round = -WARMUPS; round < rounds; round++) {
      for (const side of sides) {
        const before = await side.cpuSeconds();
        const { requests, seconds } = await load({
          url: side.url,
          headers,
          connections: CONNECTIONS,
          seconds: SECONDS,
        });
        const used = (await side.cpuSeconds()) - before;
        say(`${what}, round ${round + 1} of ${rounds}: ${side.name} ${(requests / seconds).toFixed(0)} requests/s`);
        if (round < 0) continue;
        side.rates.push(requests / seconds);
        side.costs.push((1e6 * used) / requests);
      }
    }
    const kib = (answer.length / 1024).toFixed(1);
    return [
      compared(
        { what: `${what} (${kib} KiB)`, unit: 'requests/s', better: 'higher' },
        sides.map(({ name, rates }) => ({ name, samples: rates })),
      ),
      compared(
        { what: `${what}, processor time of a request`, unit: 'µs', better: 'lower' },
        sides.map(({ name, costs }) => ({ name, samples: costs })),
      ),
    ];
  } finally {
    bare.stop();
  }
}

/** A dataset of 2 GiB as it is uploaded: how much memory the API takes meanwhile, and how fast it takes it. What the worker makes of it afterwards is not waited for. */
import { Readable } from 'node:stream';
import { compared } from '../harness/comparison.js';
import type { ServiceBenchmark } from './benchmark.js';

const BYTES = 2 ** 31;
const LINE = `${JSON.stringify({ text: 'The area of the first country is larger than that of its neighbour. '.repeat(15) })}\n`;
const BLOCK = Buffer.from(LINE.repeat(1000));
const LOOK_EVERY_MS = 200;
const MEGABYTE = 1e6;

export const upload: ServiceBenchmark = {
  title: 'Uploading a dataset of 2 GiB',
  how: "One `POST /v1/datasets` with lines as its body. Memory is the highest that the API's process was seen with, five times a second.",
  rounds: 1,
  run: async ({ bough, headers, figure }, { rounds, say }) => {
    const peaks: number[] = [];
    const rates: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      let peak = 0;
      const look = async () => {
        peak = Math.max(peak, await figure('process_resident_memory_bytes'));
      };
      const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
      const started = performance.now();
      const response = await fetch(`${bough.url}/v1/datasets?kind=corpus`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: Readable.toWeb(Readable.from(blocks())) as ReadableStream<Uint8Array>,
        duplex: 'half',
      });
      const seconds = (performance.now() - started) / 1000;
      await look();
      clearInterval(timer);
      if (response.status !== 201) throw new Error(`the upload was refused: ${await response.text()}`);
      say(`round ${round} of ${rounds}: ${(peak / MEGABYTE).toFixed(0)} MB, ${seconds.toFixed(1)} s`);
      peaks.push(peak / MEGABYTE);
      rates.push(BYTES / MEGABYTE / seconds);
    }
    return [
      compared({ what: 'memory of the API', unit: 'MB', better: 'lower' }, [{ name: 'Bough', samples: peaks }]),
      compared({ what: 'taken', unit: 'MB/s', better: 'higher' }, [{ name: 'Bough', samples: rates }]),
    ];
  },
};

function* blocks(): Generator<Buffer> {
  for (let sent = 0; sent < BYTES; sent += BLOCK.length) yield BLOCK;
}

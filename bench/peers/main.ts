/** Our side's process: answers the harness's lines of JSON on stdin with lines of JSON on stdout. The work itself is in `workloads.ts`. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fingerprint } from '../../src/trainer/fingerprint.js';
import type { Request } from '../harness/protocol.js';
import { workloads, type Prepared } from './workloads.js';

let prepared: Prepared | null = null;

async function answer(request: Request): Promise<object> {
  switch (request.cmd) {
    case 'versions': {
      const { node, onnxruntime } = fingerprint();
      return { node, 'onnxruntime-node': onnxruntime };
    }
    case 'prepare':
      prepared = await workloads[request.workload](request);
      return {};
    case 'measure':
      if (!prepared) throw new TypeError('nothing is prepared');
      return prepared.measure(request);
    case 'peak': {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
      return { bytes: Number(peak![1]) * 1024 };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** What work asks of the worker that takes it up, and whether there is one. */
import type { EntityManager } from 'typeorm';
import type { Accelerator } from '../spec/accelerator.js';
import { needsHostPython, type ResolvedToolSpec } from '../spec/tools/index.js';
import { WORKER_IS_ONLINE } from './online-workers.js';

/** As the row of a job keeps it. */
export interface Requirements {
  readonly accelerator?: Accelerator;
  /** Python of the worker's machine. */
  readonly host_python?: true;
}

export function requirementsOf(spec: { accelerator: Accelerator; tools?: readonly ResolvedToolSpec[] }): Requirements {
  return { accelerator: spec.accelerator, ...(needsHostPython(spec.tools ?? []) && { host_python: true }) };
}

interface Need {
  /** Of the spec. */
  readonly field: string;
  readonly what: string;
  /** Of a row of `workers` that has it. */
  readonly condition: string;
}

/** A warning; none where a worker that is online has it all. A processor is what all workers have. */
export async function missingWorker(
  manager: EntityManager,
  { accelerator = 'auto', host_python: needsPython }: Requirements,
): Promise<string[]> {
  const needs: Need[] = [];
  if (accelerator !== 'auto' && accelerator !== 'cpu')
    needs.push({ field: 'accelerator', what: accelerator, condition: `accelerator = '${accelerator}'` });
  if (needsPython)
    needs.push({
      field: 'tools',
      what: 'a Python of its machine (HOST_PYTHON)',
      condition: `versions ? 'host_python'`,
    });
  if (needs.length === 0) return [];
  const conditions = [WORKER_IS_ONLINE, ...needs.map(({ condition }) => condition)].join(' AND ');
  const serving = await manager.query<unknown[]>(`SELECT FROM workers WHERE ${conditions} LIMIT 1`);
  if (serving.length > 0) return [];
  const fields = needs.map(({ field }) => field).join(', ');
  const wanted = needs.map(({ what }) => what).join(' and ');
  return [`${fields}: no worker that is online has ${wanted}: it waits until one is started`];
}

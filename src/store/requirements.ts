/** What work asks of the worker that takes it up, and whether there is one. */
import type { EntityManager } from 'typeorm';
import type { Accelerator } from '../spec/accelerator.js';
import { needsHostPython, type ResolvedToolSpec } from '../spec/tools/index.js';
import { trainsBy } from '../protocol/capabilities.js';
import type { ResolvedRunSpec } from '../spec/run-spec.js';
import { uncommonFields } from '../spec/run/trainer-needs.js';
import { WORKER_IS_ONLINE } from './online-workers.js';

/** As the row of a job keeps it. */
export interface Requirements {
  readonly accelerator?: Accelerator;
  /** Python of the worker's machine. */
  readonly host_python?: true;
  /** Capabilities of the trainer that carries a run out. */
  readonly trainer?: readonly string[];
  /** Processes that it has to place. */
  readonly world_size?: number;
}

export function requirementsOf(spec: { accelerator: Accelerator; tools?: readonly ResolvedToolSpec[] }): Requirements {
  return { accelerator: spec.accelerator, ...(needsHostPython(spec.tools ?? []) && { host_python: true }) };
}

/** Of a run that is trained. */
export function trainingRequirementsOf(spec: ResolvedRunSpec): Requirements {
  const trainer = [trainsBy(spec.method), ...uncommonFields(spec).map((path) => `field:${path}`)];
  const { world_size: processes } = spec.training;
  return { ...requirementsOf(spec), trainer, ...(processes > 1 && { world_size: processes }) };
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
  { accelerator = 'auto', host_python: needsPython, trainer, world_size: processes }: Requirements,
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
  const trained = trainer?.map((one) => one.replace(/^(method|field):/, '')).join(', ');
  if (trainer && processes)
    needs.push({
      field: 'training.world_size',
      what: `a trainer for ${trained} in ${processes} processes (TRAINER=ray)`,
      condition: `${canTrain(trainer)} AND coalesce((device #>> '{trainer,world_size}')::int, 1) >= ${processes}`,
    });
  else if (trainer && (await isAnyTrainerLimited(manager)))
    needs.push({ field: 'method', what: `a trainer for ${trained}`, condition: canTrain(trainer) });
  if (needs.length === 0) return [];
  const conditions = [WORKER_IS_ONLINE, ...needs.map(({ condition }) => condition)].join(' AND ');
  const serving = await manager.query<unknown[]>(`SELECT FROM workers WHERE ${conditions} LIMIT 1`);
  if (serving.length > 0) return [];
  const fields = needs.map(({ field }) => field).join(', ');
  const wanted = needs.map(({ what }) => what).join(' and ');
  return [`${fields}: no worker that is online has ${wanted}: it waits until one is started`];
}

/** A worker that says nothing of its trainer has the one that does everything. Capabilities are names without quotes. */
const canTrain = (needed: readonly string[]) =>
  `coalesce(device -> 'trainer' -> 'capabilities' @> '${JSON.stringify(needed)}'::jsonb, true)`;

async function isAnyTrainerLimited(manager: EntityManager): Promise<boolean> {
  const limited = await manager.query<unknown[]>(
    `SELECT FROM workers WHERE ${WORKER_IS_ONLINE} AND device -> 'trainer' ? 'capabilities' LIMIT 1`,
  );
  return limited.length > 0;
}

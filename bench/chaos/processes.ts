/** The processes of a service that the supervisor of this process runs, and what they have started themselves. Signals none. */
import { readFileSync } from 'node:fs';
import type { Bough } from '../../src/embedded/bough.js';
import { allProcesses, commandLine, parentOf } from '../../src/embedded/process-table.js';
import type { Part } from './plan.js';

export interface Target {
  readonly name: string;
  readonly pid: number;
  /** The worker itself, or that of a trainer. */
  readonly workerPid?: number;
}

/** Those of a part that live now. */
export function targetsOf(service: Bough, part: Part): Target[] {
  const supervised = children(service);
  const named = (pattern: RegExp) => supervised.filter(({ name }) => pattern.test(name));
  const workers = named(/^worker/).map(({ name, pid }) => ({ name, pid, workerPid: pid }));
  switch (part) {
    case 'worker':
      return workers;
    case 'trainer':
      return workers.flatMap(({ name, pid: workerPid }) =>
        startedBy(workerPid, /main\.trainer\.js/).map((pid) => ({ name: `trainer of ${name}`, pid, workerPid })),
      );
    case 'connection':
      return named(/^PostgreSQL$/).flatMap(({ pid: postmaster }) =>
        startedBy(postmaster, /^postgres: \S+: bough bough /).map((pid) => ({ name: 'connection', pid })),
      );
    default:
      return named(new RegExp(`^${part}$`));
  }
}

/** All that belong to the service by their command line; once it has been stopped there is none. */
export function processesOf(service: Bough): string[] {
  const { path } = service.supervisor.folder;
  return allProcesses()
    .filter((one) => one.pid !== process.pid && one.commandLine.includes(path))
    .map((one) => `${one.pid} ${one.commandLine}`);
}

function children(service: Bough): Target[] {
  const state = JSON.parse(readFileSync(service.supervisor.folder.stateFile, 'utf8')) as { children: Target[] };
  return state.children.map(({ name, pid }) => ({ name, pid })).filter(({ pid }) => commandLine(pid) !== undefined);
}

function startedBy(parent: number, pattern: RegExp): number[] {
  return allProcesses()
    .filter((one) => pattern.test(one.commandLine) && parentOf(one.pid) === parent)
    .map(({ pid }) => pid);
}

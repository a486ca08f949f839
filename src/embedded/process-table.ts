/** What is known about a process by its number. Signals only processes whose command line proves that they are ours. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from './wait.js';

/** The command line of a living process, arguments separated by blanks; undefined if there is no such process. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command');
  try {
    // A zombie has an empty command line, and counts as gone: nothing of it runs any more.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** When a living process started, in a form that only serves for comparison: a reused number has another start. */
export function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'lstart');
  const fields = statFields(pid);
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

/** The process that started a living one. */
export function parentOf(pid: number): number | undefined {
  const text = process.platform === 'linux' ? statFields(pid)?.[1] : ps(pid, 'ppid');
  return text === undefined ? undefined : Number(text);
}

/** "<pid> (<name>) <state> <ppid> …": what comes after the name, which may itself contain blanks. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-ww', '-p', String(pid), '-o', `${column}=`], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Every process that lives now. */
export function allProcesses(): { readonly pid: number; readonly commandLine: string }[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=', '-o', 'command='], { encoding: 'utf8' }).split('\n');
    return lines.flatMap((line) => {
      const [, pid, text = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), commandLine: text }];
    });
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const text = commandLine(Number(pid));
    return text === undefined ? [] : [{ pid: Number(pid), commandLine: text }];
  });
}

/** Kills every process whose command line begins like this. */
export function killTitled(title: string): void {
  for (const { pid, commandLine: text } of allProcesses()) if (text.startsWith(title)) sendSignal(pid, 'SIGKILL');
}

export interface StopOptions {
  /** What the process is called in messages. */
  readonly name: string;
  /** Signals in order, each with the time that it is given to work. */
  readonly signals: readonly (readonly [signal: NodeJS.Signals, limitMs: number])[];
}

/**
 * Stops a process that is not our child, if it lives and its command line contains `mark`.
 * @returns whether there was such a process.
 * @throws {WaitTimeoutError} when it survives the last signal.
 */
export async function stopMarkedProcess(pid: number, mark: string, { name, signals }: StopOptions): Promise<boolean> {
  const isOurs = () => commandLine(pid)?.includes(mark) ?? false;
  if (!isOurs()) return false;
  for (const [index, [signal, limitMs]] of signals.entries()) {
    sendSignal(pid, signal);
    try {
      await waitUntil(`${name} (process ${pid}) to stop after ${signal}`, () => !isOurs(), { limitMs });
      return true;
    } catch (error) {
      if (index === signals.length - 1) throw error;
    }
  }
  return true;
}

/** Sends a signal to a process or, with a negative number, to its group; one that is gone already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

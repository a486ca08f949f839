/**
 * The file by which a supervisor holds its data folder and remembers its children, so that the next one can refuse to
 * start beside it, or stop what it has left behind when it was killed. PostgreSQL has a lock of its own (postgres.ts).
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { sendSignal, startTime, stopMarkedProcess } from './process-table.js';

export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string | undefined;
  /** A part of its command line that no other process has. */
  readonly mark: string;
  /** What makes it end in good order. */
  readonly signal: NodeJS.Signals;
}

interface State {
  readonly supervisor: { readonly pid: number; readonly startedAt: string | undefined };
  readonly children: readonly ProcessRecord[];
}

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';

  constructor(pid: number) {
    super(`Bough is already running on this data folder (process ${pid}): stop it, or set another BOUGH_DATA_DIR`);
  }
}

export class SupervisorState {
  private children: readonly ProcessRecord[] = [];

  private constructor(private readonly file: string) {}

  /**
   * Takes the data folder, after stopping what an earlier, killed supervisor has left.
   * @throws {Error} when another supervisor is at work there.
   */
  static async acquire(file: string, log: (line: string) => void): Promise<SupervisorState> {
    const state = new SupervisorState(file);
    while (!state.create()) await removeLeftovers(file, log);
    return state;
  }

  /** Remembers the children that run now. They are stopped in the reverse order, should this process be killed. */
  record(children: readonly ProcessRecord[]): void {
    this.children = children;
    // Renaming replaces the file in one step: a kill leaves the old or the new one, never half of it.
    renameSync(this.writeBeside(), this.file);
  }

  /** Gives the data folder back, when no child is left. */
  release(): void {
    rmSync(this.file, { force: true });
  }

  private create(): boolean {
    const complete = this.writeBeside();
    try {
      // Linking creates the file in one step, with its contents, and fails if there is one.
      linkSync(complete, this.file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(complete);
    }
  }

  private writeBeside(): string {
    const path = `${this.file}.${process.pid}`;
    const state: State = {
      supervisor: { pid: process.pid, startedAt: startTime(process.pid) },
      children: this.children,
    };
    writeFileSync(path, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    return path;
  }
}

async function removeLeftovers(file: string, log: (line: string) => void): Promise<void> {
  const state = read(file);
  if (state !== undefined) {
    const { pid, startedAt } = state.supervisor;
    if (startTime(pid) !== undefined && startTime(pid) === startedAt) {
      throw new FolderInUseError(pid);
    }
    for (const { name, pid: child, startedAt: since, mark, signal } of state.children.toReversed()) {
      if (startTime(child) !== since) continue;
      const stopped = await stopMarkedProcess(child, mark, {
        name: `the ${name} of an earlier start`,
        signals: [
          [signal, 10_000],
          ['SIGKILL', 10_000],
        ],
      });
      if (!stopped) continue;
      // Each child leads a group, in which its own children are.
      sendSignal(-child, 'SIGKILL');
      log(`Stopped the ${name} that an earlier start had left (process ${child})`);
    }
  }
  rmSync(file, { force: true });
}

function read(file: string): State | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    // Gone already, or cut off by a power failure, after which no child lives.
    return undefined;
  }
}

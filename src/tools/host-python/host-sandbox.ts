/** Runs one program after another on the machine's own Python, each in namespaces of its own that end with it. Not a queue: that is the pool. */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { bareEnvironment } from '../../config/process-environment.js';
import { CappedOutput, OutputLimit } from '../python/output.js';
import type { ProgramLimits, ProgramSandbox, SandboxResult } from '../python/sandbox.js';
import type { HostPython } from './host-python.js';
import { systemCallFilter } from './system-calls.js';

/** What is left of a program after it was killed is waited for so long. */
const END_MS = 5000;
/** Shells, and bubblewrap, report the signal that ended a program so. */
const SIGNALLED = 128;

type Stop = 'timeout' | 'output_limit' | 'aborted';

export class HostSandbox implements ProgramSandbox {
  private readonly filter = systemCallFilter();
  private kill: (() => void) | null = null;

  constructor(
    private readonly python: HostPython,
    private readonly limits: ProgramLimits,
  ) {}

  /**
   * Runs one program; call it again only after it has settled. Rejects with the signal's reason when that is aborted, and with an Error when the
   * sandbox could not be made.
   */
  async run(source: string, signal: AbortSignal): Promise<SandboxResult> {
    signal.throwIfAborted();
    const { timeoutS, memoryMb, outputBytes } = this.limits;
    const [command, args] = this.python.command(memoryMb, timeoutS);
    const child = spawn(command, ['--json-status-fd', '3', ...args], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: bareEnvironment(),
      ...this.python.user,
    });
    let stopped: Stop | null = null;
    const stop = (why: Stop): void => {
      stopped ??= why;
      kill(child, outputs[2]);
    };
    const outputs = [child.stdio[1], child.stdio[2], child.stdio[3]].map((stream) =>
      collected(stream as Readable, outputBytes, () => stop('output_limit')),
    );
    this.kill = () => kill(child, outputs[2]);
    const abort = (): void => stop('aborted');
    const timer = setTimeout(() => stop('timeout'), timeoutS * 1000);
    signal.addEventListener('abort', abort, { once: true });
    child.stdin?.on('error', () => undefined).end(source);
    (child.stdio[4] as Writable).on('error', () => undefined).end(this.filter);
    try {
      await ended(child);
      const [stdout = '', stderr = '', report = ''] = outputs.map((output) => output.text());
      signal.throwIfAborted();
      if (stopped === 'timeout') return { end: 'timeout' };
      if (stopped === 'output_limit') return { end: 'output_limit', stdout, stderr };
      return { ...endingOf(report, stderr), stdout, stderr };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      this.kill = null;
    }
  }

  /** Stops the program, whatever it is doing. */
  async close(): Promise<void> {
    this.kill?.();
  }
}

/**
 * Ends bubblewrap and, by the number that it has reported, the program's first process: that one goes with bubblewrap unless the program has seen to it that it does not.
 * The kernel ends all others with it.
 */
function kill(bubblewrap: ChildProcess, report: CappedOutput | undefined): void {
  const program = /"child-pid":\s*(\d+)/.exec(report?.text() ?? '')?.[1];
  // Not once bubblewrap has ended: its child has then ended too, and the number may be another's.
  if (program !== undefined && bubblewrap.exitCode === null && bubblewrap.signalCode === null) end(Number(program));
  bubblewrap.kill('SIGKILL');
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function collected(stream: Readable, limitBytes: number, onLimit: () => void): CappedOutput {
  const output = new CappedOutput(limitBytes);
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    try {
      output.write(chunk);
    } catch (error) {
      if (!(error instanceof OutputLimit)) throw error;
      stream.removeAllListeners('data').resume();
      onLimit();
    }
  });
  return output;
}

/** Resolves when the process has ended and its outputs are read, or a moment after its end: what holds them open is none of the program's. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
    child.once('exit', () => {
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
        resolve();
      }, END_MS).unref();
    });
  });
}

/** @throws Error when bubblewrap reports no exit: the program was never started, or bubblewrap was killed */
function endingOf(report: string, stderr: string): { end: 'exit'; status: number } | { end: 'crash'; reason: string } {
  const status = /"exit-code":\s*(\d+)/.exec(report)?.[1];
  if (status === undefined) throw new Error(stderr.trim().split('\n').at(-1) || 'the sandbox was killed');
  const code = Number(status);
  if (code <= SIGNALLED) return { end: 'exit', status: code };
  // A program may also exit with such a status by itself.
  const [name] = Object.entries(constants.signals).find(([, number]) => number === code - SIGNALLED) ?? [];
  return name === undefined ? { end: 'exit', status: code } : { end: 'crash', reason: name };
}

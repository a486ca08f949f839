/** A process that does one side's work: starts it, asks it one thing at a time, reads what it used. Knows nothing of what is measured. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { Answers, Request } from './protocol.js';

/** Of one answer. Loading and measuring take seconds. */
const MAX_MINUTES = 20;
/** What a peer that was told to end may still take. */
const CLOSE_MS = 10_000;
const TAIL_LINES = 20;
/** Of the kernel's accounting, in seconds: the same on every Linux. */
const TICK = 0.01;

/** Carries what the peer said. */
export class PeerError extends Error {}

export class Peer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly tail: string[] = [];

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
  ) {
    this.child = spawn(command, args);
    const lines: Interface = createInterface({ input: this.child.stdout });
    this.answers = lines[Symbol.asyncIterator]();
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      this.tail.push(line);
      if (this.tail.length > TAIL_LINES) this.tail.shift();
    });
    // What went wrong is said where the answer is missing.
    this.child.on('error', (error) => this.tail.push(error.message));
    this.child.stdin.on('error', () => {});
  }

  /** Throws PeerError when it refuses, ends, or does not answer in time. */
  async ask<R extends Request>(request: R): Promise<Answers[R['cmd']]> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const limit = setTimeout(() => {
      this.tail.push(`no answer to "${request.cmd}" within ${MAX_MINUTES} minutes`);
      this.child.kill('SIGKILL');
    }, MAX_MINUTES * 60_000);
    const line = await this.answers.next();
    clearTimeout(limit);
    if (line.done) throw new PeerError(`${this.name} ended during "${request.cmd}":\n${this.tail.join('\n')}`);
    const answer = JSON.parse(line.value) as Answers[R['cmd']] & { error?: string };
    if (answer.error !== undefined) throw new PeerError(`${this.name}: ${answer.error}`);
    return answer;
  }

  /** Processor time that the process has used so far, all threads; null where the system does not tell. */
  cpuSeconds(): number | null {
    try {
      // After the name, which may hold anything but ends at the last bracket: utime and stime are fields 14 and 15 of proc(5).
      const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) * TICK;
    } catch {
      return null;
    }
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined) return;
    const ended = once(this.child, 'exit');
    this.child.stdin.end();
    const limit = setTimeout(() => this.child.kill('SIGKILL'), CLOSE_MS);
    await ended;
    clearTimeout(limit);
  }
}

/** Says in a sentence or two how a trainer died and what may help. Decides nothing. */
import { totalmem } from 'node:os';
import type { TrainerExit } from './trainer-process.js';

const LESS_MEMORY =
  'lower training.max_batch_tokens or rollout.group_size, take a smaller model, or give the machine more memory';
const QUOTED_LINES = 15;
/** Addresses in the program of Node, which would push out what was said before them. */
const NATIVE_FRAME = /^\s*\d+: 0x[0-9a-f]+\s|^-+ Native stack trace -+$/;

/** @param memoryBytes the trainer's memory as it last reported it; null when it never did */
export function describeExit(exit: TrainerExit, memoryBytes: number | null): string {
  if (exit.startError) return `the trainer could not be started: ${exit.startError.message}`;
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  const lines = exit.tail.filter((line) => !NATIVE_FRAME.test(line));
  const said = lines.slice(-QUOTED_LINES).join('\n');
  return [`the trainer ${how}${hint(exit, memoryBytes)}`, ...(said === '' ? [] : [`its last output:\n${said}`])].join(
    '; ',
  );
}

function hint({ signal, code, tail }: TrainerExit, memoryBytes: number | null): string {
  const output = tail.join('\n');
  if (
    /heap out of memory|bad_alloc|bad allocation|Failed to allocate memory|Array buffer allocation failed/i.test(output)
  ) {
    return `, out of memory${used(memoryBytes)}: ${LESS_MEMORY}`;
  }
  if (signal === 'SIGKILL')
    return `, most likely by the system because memory ran out${used(memoryBytes)}: ${LESS_MEMORY}`;
  if (signal === 'SIGABRT' || signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL' || code === 134) {
    return `, a crash in native code${used(memoryBytes)}`;
  }
  return '';
}

function used(memoryBytes: number | null): string {
  return memoryBytes === null ? '' : ` (it used ${gib(memoryBytes)} of ${gib(totalmem())} when last heard)`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

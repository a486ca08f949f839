/** The trainer's process: speaks with the worker over file descriptor 3, does one job, and does not outlive the pipe. */
import { Socket } from 'node:net';
import { tryWebGpu } from './engine/index.js';
import { fingerprint } from './trainer/fingerprint.js';
import { CAPABILITIES, runJob, unforeseen } from './trainer/job.js';
import { Link } from './trainer/link.js';

if (process.argv[2] === '--probe') await probe();

const link = new Link(new Socket({ fd: 3 }), CAPABILITIES, fingerprint());

const fail = (error: unknown) => void link.finish(unforeseen(error));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

void exitWithThePipe();
await runJob(link);

/** Tries an accelerator instead of doing a job. How it went is the exit code, and why on the last line of the error output. */
async function probe(): Promise<never> {
  try {
    await tryWebGpu();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('\n', 1)[0]}\n`);
    process.exit(1);
  }
}

async function exitWithThePipe(): Promise<void> {
  const broken = await link.closed;
  if (broken !== null) process.stderr.write(`${broken.stack ?? broken.message}\n`);
  process.exit(broken === null ? 0 : 1);
}

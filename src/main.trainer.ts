/** The trainer's process: speaks with the worker over file descriptor 3, does one job, and does not outlive the pipe. */
import { Socket } from 'node:net';
import { fingerprint } from './trainer/fingerprint.js';
import { CAPABILITIES, runJob, unforeseen } from './trainer/job.js';
import { Link } from './trainer/link.js';

const link = new Link(new Socket({ fd: 3 }), CAPABILITIES, fingerprint());

const fail = (error: unknown) => void link.finish(unforeseen(error));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

void exitWithThePipe();
await runJob(link);

async function exitWithThePipe(): Promise<void> {
  const broken = await link.closed;
  if (broken !== null) process.stderr.write(`${broken.stack ?? broken.message}\n`);
  process.exit(broken === null ? 0 : 1);
}

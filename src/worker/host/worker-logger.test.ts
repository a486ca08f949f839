import { afterEach, expect, test, vi } from 'vitest';
import { loggedAs } from '../jobs/job-log.js';
import { WorkerLogger } from './worker-logger.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test('a line that is logged while a job is worked on has its ids, and another one has not', async () => {
  const lines: Record<string, unknown>[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)) as Record<string, unknown>);
    return true;
  });
  const logger = new WorkerLogger('info');
  const ids = { worker: 'wrk_1', job: 'job_1', kind: 'run.train', subject: 'run_1', project: 'proj_1', attempt: 2 };
  await loggedAs(ids, async () => {
    await Promise.resolve();
    logger.log('at work', 'Trainer');
  });
  logger.log('idle', 'Lanes');
  logger.debug('not shown');
  expect(lines).toMatchObject([
    { level: 'log', message: 'at work', context: 'Trainer', ...ids },
    { message: 'idle', context: 'Lanes' },
  ]);
  expect(lines).toHaveLength(2);
  expect(lines[1]).not.toHaveProperty('job');
});

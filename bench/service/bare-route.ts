/** Starts the bare route as a process, and asks it what it has used. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../src/config/process-environment.js';

export interface BareRoute {
  readonly url: string;
  cpuSeconds: () => Promise<number>;
  stop: () => void;
}

const START_MS = 30_000;

/** @param literal what the route answers to everyone */
export async function startBareRoute(literal: object): Promise<BareRoute> {
  const child = fork(fileURLToPath(new URL('bare-nest.js', import.meta.url)), {
    env: childEnvironment({ NODE_ENV: 'production' }),
    execArgv: ['--enable-source-maps'],
  });
  const said = async (): Promise<unknown> => {
    const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(START_MS) })) as unknown[];
    return message;
  };
  child.send(literal);
  const url = `${(await said()) as string}/literal`;
  return {
    url,
    cpuSeconds: async () => {
      child.send('cpu');
      const { user, system } = (await said()) as NodeJS.CpuUsage;
      return (user + system) / 1e6;
    },
    stop: () => child.disconnect(),
  };
}

/** What concerns this process's parent and children in the environment; settings are in config.ts. */

/** The environment that a child process gets: this process's own plus what is set for it. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** The environment of a child process that is to know nothing of this one, which has passwords: where programs are found. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] };
}

/** Whether this process is a script that npm runs. */
export function startedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined;
}

/** What a process says when its environment cannot be used. Not an AppError: no request is being answered yet. */

export interface BadVariable {
  readonly name: string;
  /** The value as given, undefined when the variable is missing, `(hidden)` when it may hold a password. */
  readonly given: string | undefined;
  readonly remedy: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly bad: readonly BadVariable[]) {
    const lines = bad.map(
      ({ name, given, remedy }) => `  ${name} ${given === undefined ? 'is missing' : `is ${given}`}: ${remedy}`,
    );
    super(`Invalid environment: ${bad.map(({ name }) => name).join(', ')}\n${lines.join('\n')}`);
  }
}

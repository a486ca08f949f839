/** Reads a command line, and says with the usage what is wrong with it. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What is wrong with the command line; the usage follows. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problem: string, usage: string) {
    super(`${problem}\n\n${usage}`);
  }
}

type Values<T extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T }>
>['values'];

/** The values of the options. @throws {UsageError} for one that is not known, or lacks its value */
export function readArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  usage: string,
): Values<T> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, usage);
  }
}

/** @throws {UsageError} unless the text is a whole number from `least` to 999999999 */
export function wholeNumber(name: string, text: string, least: number, usage: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`--${name} ${text}: give a whole number from ${least} to 999999999`, usage);
}

/** @throws {UsageError} for none of the names */
export function oneOf<const Name extends string>(
  option: string,
  given: string,
  names: readonly Name[],
  usage: string,
): Name {
  const name = names.find((one) => one === given);
  if (name === undefined) throw new UsageError(`--${option} ${given}: give ${names.join(', ')}`, usage);
  return name;
}

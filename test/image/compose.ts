/** What compose.yaml says of a service, as Compose would pass it on where nobody has set a variable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly healthcheck?: { readonly test: string | readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readCompose(): Compose {
  const text = readFileSync(join(import.meta.dirname, '../../compose.yaml'), 'utf8');
  return parse(text, (_, value: unknown) => (typeof value === 'string' ? withDefaults(value) : value), {
    merge: true,
  }) as Compose;
}

const withDefaults = (text: string): string =>
  text.replaceAll(/\$\{\w+(?::-([^}]*))?\}/g, (_, value: string | undefined) => value ?? '');

/** The words of a command, which are in quotation marks where they have spaces or are empty. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

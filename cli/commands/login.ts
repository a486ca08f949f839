/** `bough login` */
import type { Command } from 'commander-14';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { createBough, unwrap } from '../../openapi/client.js';
import { DEFAULT_URL, save } from '../credentials.js';
import { UsageError } from '../exit-code.js';
import type { Host } from '../host.js';
import type { CommonOptions } from '../session.js';
import { example } from './example.js';

export function addLogin(program: Command, { output, errors, signal }: Host): void {
  example(
    program
      .command('login')
      .description('Keeps the address and the API key of a service, once it has taken the key.')
      .action(async function login(this: Command) {
        const given = this.optsWithGlobals<CommonOptions>();
        const url = (given.url ?? DEFAULT_URL).replace(/\/+$/, '');
        const key = given.key ?? (await askForKey(errors, signal));
        unwrap(
          await createBough({ baseUrl: url, apiKey: key }).api.GET('/v1/runs', {
            params: { query: { limit: 1 } },
            signal,
          }),
        );
        const path = await save({ url, key });
        output.write(
          given.json === true
            ? `${JSON.stringify({ url, file: path })}\n`
            : `Signed in at ${url}. The key is in ${path}.\n`,
        );
      }),
    'bough login --url http://127.0.0.1:3000',
    'bough login --key "$(cat .bough/api-key)"',
  );
}

/** Asks in a terminal, without showing what is typed; reads a line of a pipe. */
async function askForKey(errors: NodeJS.WritableStream, signal: AbortSignal): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  if (isTerminal) errors.write('API key: ');
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: isTerminal });
  try {
    const key = (await lines.question('', { signal })).trim();
    if (key !== '') return key;
  } finally {
    lines.close();
    if (isTerminal) errors.write('\n');
  }
  throw new UsageError('No key was given');
}

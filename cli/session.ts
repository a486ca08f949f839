/** What a command works with: the service, and a place to speak. */
import type { Command } from 'commander-14';
import type { WriteStream } from 'node:tty';
import { createBough, type Bough } from '../openapi/client.js';
import { findCredentials } from './credentials.js';
import { createScreen, type Screen } from './terminal/screen.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly key?: string;
}

/** The streams that a program speaks to. */
export interface Streams {
  readonly output: WriteStream;
  readonly errors: WriteStream;
}

export interface Session {
  readonly bough: Bough;
  readonly url: string;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  /** What goes on, where people read: a live line in a terminal. Nothing with `--json`. */
  readonly screen: Screen;
  /** The result: as JSON with `--json`, else these lines. */
  readonly print: (value: unknown, lines: () => readonly string[]) => void;
}

const silent: Screen = { say: () => undefined, live: () => undefined };

export async function openSession(command: Command, streams: Streams, signal: AbortSignal): Promise<Session> {
  const { json: isJson = false, url, key } = command.optsWithGlobals<CommonOptions>();
  const credentials = await findCredentials({ ...(url !== undefined && { url }), ...(key !== undefined && { key }) });
  return {
    bough: createBough({ baseUrl: credentials.url, apiKey: credentials.key }),
    url: credentials.url,
    signal,
    isJson,
    screen: isJson ? silent : createScreen(streams.errors),
    print: (value, lines) => {
      const text = isJson ? JSON.stringify(value) : lines().join('\n');
      streams.output.write(`${text}\n`);
    },
  };
}

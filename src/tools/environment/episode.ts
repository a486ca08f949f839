/** An episode on a server that speaks OpenEnv's protocol: a WebSocket, whose server keeps the environment for as long as it is open. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { bearer } from '../../outgoing/bearer.js';
import type { Outgoing } from '../../outgoing/outgoing.js';
import { Refusal } from '../../outgoing/address-guard.js';
import { PassingFailure } from '../../outgoing/passing-failure.js';
import type { Step } from './step-result.js';

export interface EpisodeServer {
  /** The base of its routes. */
  readonly url: URL;
  /** Sent as a bearer token; null: none is. */
  readonly secret: string | null;
  readonly outgoing: Outgoing;
}

/** The server takes no such action. The episode goes on. */
export class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
}

/** Of one answer. */
const MAX_BYTES = 2 ** 20;
const SHOWN_CHARACTERS = 200;

const Answer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('observation'),
    data: z.object({
      observation: z.unknown(),
      reward: z
        .union([z.number(), z.boolean()])
        .nullish()
        .transform((reward) => (reward == null ? null : Number(reward))),
      done: z.boolean().default(false),
    }),
  }),
  z.object({
    type: z.literal('error'),
    data: z.object({
      message: z.string(),
      code: z.string().optional(),
      errors: z.array(z.object({ loc: z.array(z.unknown()).optional(), msg: z.string() })).optional(),
    }),
  }),
]);

export class Episode {
  private constructor(
    private readonly socket: WebSocket,
    private readonly host: string,
  ) {
    // What happens between two requests is found by the next.
    socket.on('error', () => undefined);
  }

  /**
   * Connects, and begins an episode.
   * @returns it and what it shows
   * @throws {PassingFailure} where the server cannot be reached, or has no place for one more
   */
  static async begin(
    server: EpisodeServer,
    seed: number,
    signal: AbortSignal,
  ): Promise<{ episode: Episode; first: Step }> {
    const episode = new Episode(await connected(server, signal), server.url.host);
    try {
      return { episode, first: await episode.ask('reset', { seed }, signal) };
    } catch (error) {
      episode.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** @throws {ActionRefused}, the signal's reason, else an error that says what was wrong */
  step(action: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Step> {
    return this.ask('step', action, signal);
  }

  /** The server ends it by itself once the connection is gone. */
  close(): void {
    if (this.isOpen) this.socket.send('{"type":"close"}');
    this.socket.terminate();
  }

  private async ask(type: 'reset' | 'step', data: object, signal: AbortSignal): Promise<Step> {
    const settled = new AbortController();
    const until = { signal: AbortSignal.any([signal, settled.signal]) };
    const { socket, host } = this;
    try {
      if (!this.isOpen) throw new PassingFailure(`${host} has closed the connection`);
      const answered = once(socket, 'message', until) as Promise<[Buffer]>;
      const closed = once(socket, 'close', until).then(() => {
        throw new PassingFailure(`${host} has closed the connection`);
      });
      socket.send(JSON.stringify({ type, data }));
      const [message] = await Promise.race([answered, closed]);
      return this.stepOf(message.toString());
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = error as NodeJS.ErrnoException;
      throw code?.startsWith('WS_ERR') ? new Error(`${host}: ${message}`, { cause: error }) : error;
    } finally {
      settled.abort();
    }
  }

  private stepOf(text: string): Step {
    const answer = Answer.safeParse(jsonOf(text));
    if (!answer.success)
      throw new Error(`${this.host} does not answer as the protocol says: ${text.slice(0, SHOWN_CHARACTERS)}`);
    if (answer.data.type === 'observation') {
      const { observation, reward, done } = answer.data.data;
      return { observation, reward, done };
    }
    const { code, message, errors } = answer.data.data;
    if (code === 'CAPACITY_REACHED') throw new PassingFailure(`${this.host}: ${message}`);
    if (code !== 'VALIDATION_ERROR') throw new Error(`${this.host}: ${message.slice(0, SHOWN_CHARACTERS)}`);
    const faults = (errors ?? []).map(({ loc = [], msg }) =>
      [loc.join('.'), msg].filter((one) => one !== '').join(': '),
    );
    throw new ActionRefused([message, ...faults].join('; '));
  }
}

/** Below the path of a server's base. */
export function routeOf(url: URL, route: string): URL {
  const at = new URL(url);
  at.pathname = `${at.pathname.replace(/\/+$/, '')}/${route}`;
  return at;
}

async function connected({ url, secret, outgoing }: EpisodeServer, signal: AbortSignal): Promise<WebSocket> {
  signal.throwIfAborted();
  const at = routeOf(url, 'ws');
  at.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const { headers, ...connection } = outgoing.connectionTo(url);
  const socket = new WebSocket(at, {
    ...connection,
    headers: { ...headers, ...bearer(secret) },
    perMessageDeflate: false,
    maxPayload: MAX_BYTES,
  });
  try {
    await once(socket, 'open', { signal });
    return socket;
  } catch (error) {
    // Of a connection that is not there yet it says so by an event.
    socket.on('error', () => undefined);
    socket.terminate();
    signal.throwIfAborted();
    if (error instanceof Refusal) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = `${url.host} cannot be reached (${code ?? message})`;
    // Of a connection that the server does not open, the message has its status.
    const isPassing = code !== undefined || /\b(?:429|502|503|504)$/.test(message);
    throw isPassing ? new PassingFailure(reason) : new Error(reason);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

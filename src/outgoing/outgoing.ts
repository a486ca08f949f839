/**
 * Every request that Bough makes to an address which a user, a model or another server has named. Each connection goes to an address that the guard
 * has checked, also after a redirect. Tries nothing again, and reads no body.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { BOUGH_VERSION } from '../config/package.js';
import { Refusal, type AddressGuard } from './address-guard.js';

const USER_AGENT = `bough/${BOUGH_VERSION}`;
const MAX_REDIRECTS = 5;
/** After which a request with a body is made again as it was; any other one is followed by requests without a body alone. */
const KEEPS_METHOD = [307, 308];
/** To which there is no body, whatever is sent. */
const NO_BODY = [204, 205, 304];

/** Nothing came back. It may go better another time. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    host: string,
    /** Node's code, such as ECONNREFUSED, or what else went wrong. Holds no header. */
    readonly reason: string,
  ) {
    super(`${host} cannot be reached (${reason})`);
  }
}

export interface OutgoingRequest {
  /** Default GET. */
  readonly method?: string;
  /** `authorization` and keys go to the origin that was asked for, and to none that it redirects to. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Also ends an answer that is being read. */
  readonly signal: AbortSignal;
}

export class Outgoing {
  /** @param trusted the host that the operator has named, wherever it lies */
  constructor(
    private readonly guard: AddressGuard,
    private readonly trusted: string | null = null,
  ) {}

  /**
   * Follows redirects, but no redirect of a POST that would make it a GET.
   * @returns the answer, whatever its status
   * @throws {Refusal} for what must not be asked for, {Unreachable}, and the signal's reason
   */
  async fetch(url: URL, request: OutgoingRequest): Promise<Response> {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.exchange(at, at.origin === url.origin ? request : withoutCredentials(request));
      const location = redirectOf(response, request.body !== undefined);
      if (location === null) return response;
      await response.body?.cancel();
      at = redirected(at, location);
    }
    throw new Refusal(`more than ${MAX_REDIRECTS} redirects`);
  }

  /**
   * Whether a URL may be asked for, before anything depends on it. A name that cannot be resolved now is left to the request.
   * @throws {Refusal}
   */
  async check(url: URL): Promise<void> {
    this.guard.checkHost(url);
    const { hostname } = url;
    const error = await new Promise((resolve) => this.guard.lookup(hostname, { all: true }, resolve));
    if (error instanceof Refusal) throw error;
  }

  /**
   * How a connection to this URL is to be made by a library that makes its own, so that the guard has its say.
   * @throws {Refusal}
   */
  connectionTo(url: URL): { lookup?: LookupFunction; headers: Record<string, string> } {
    const isTrusted = url.hostname === this.trusted;
    if (!isTrusted) this.guard.checkHost(url);
    return { ...(isTrusted ? {} : { lookup: this.guard.lookup }), headers: { 'user-agent': USER_AGENT } };
  }

  /** As `fetch`, without following a redirect. */
  async exchange(url: URL, { method = 'GET', headers, body, signal }: OutgoingRequest): Promise<Response> {
    signal.throwIfAborted();
    const { headers: own, lookup } = this.connectionTo(url);
    // Not Node's `fetch`: there a caller has no say in which of a name's addresses is connected to.
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      signal,
      agent: false,
      ...(lookup ? { lookup } : {}),
      headers: { ...own, 'accept-encoding': 'identity', ...headers },
    });
    try {
      return await new Promise<Response>((resolve, reject) => {
        request.on('response', (message) => {
          try {
            resolve(responseOf(url, message));
          } catch {
            message.destroy();
            reject(new Error('its answer is no HTTP'));
          }
        });
        request.on('error', reject);
        request.on('close', () => reject(new Error('it closed the connection')));
        request.end(body);
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refusal) throw error;
      throw new Unreachable(url.host, reasonOf(error));
    }
  }
}

/** @throws {RangeError} for a status that is none */
function responseOf(url: URL, message: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const body = NO_BODY.includes(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  if (body === null) message.resume();
  return Object.defineProperty(new Response(body, { status, headers }), 'url', { value: url.href });
}

function redirectOf({ status, headers }: Response, hasBody: boolean): string | null {
  const isRedirect = status >= 300 && status < 400 && (!hasBody || KEEPS_METHOD.includes(status));
  return isRedirect ? headers.get('location') : null;
}

function redirected(from: URL, location: string): URL {
  const to = new URL(location, from);
  const isSafe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  if (!isSafe) throw new Refusal(`a redirect to ${to.protocol}//${to.host}, which is not safe`);
  return to;
}

/** By their usual names, in lower case. */
const CREDENTIALS = ['authorization', 'x-api-key', 'x-subscription-token'];

function withoutCredentials(request: OutgoingRequest): OutgoingRequest {
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => !CREDENTIALS.includes(name.toLowerCase()));
  return { ...request, headers: Object.fromEntries(kept) };
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message: string; code?: unknown };
  return typeof code === 'string' ? code : message;
}

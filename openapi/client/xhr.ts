/** A form sent by a browser's XMLHttpRequest, the only thing there that says how much of a body has been sent. */

/** What is used of it here: the types of Node know no XMLHttpRequest. */
interface Xhr extends EventTarget {
  readonly upload: EventTarget;
  readonly status: number;
  readonly statusText: string;
  readonly response: ArrayBuffer | null;
  responseType: string;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: FormData): void;
  abort(): void;
}

interface Progress {
  readonly loaded: number;
  readonly total: number;
}

/** Resolves to the answer, whatever its status. */
export type SendForm = (
  url: string,
  headers: Readonly<Record<string, string>>,
  form: FormData,
  options: { signal: AbortSignal | undefined; onProgress: (sent: number, total: number) => void },
) => Promise<Response>;

/** As long as Node's fetch waits for an answer. */
const SILENCE_MS = 300_000;
const LOST = 'the connection was lost, or the service does not allow this origin (its CORS_ORIGINS)';

/** Null outside of browsers. */
export function browserUpload(): SendForm | null {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: new () => Xhr };
  return XMLHttpRequest ? (...request) => post(new XMLHttpRequest(), ...request) : null;
}

function post(xhr: Xhr, ...[url, headers, form, { signal, onProgress }]: Parameters<SendForm>): Promise<Response> {
  let silence: ReturnType<typeof setTimeout>;
  let abort: () => void;
  const answered = new Promise<Response>((resolve, reject) => {
    const stop = (reason: Error): void => {
      xhr.abort();
      reject(reason);
    };
    const silent = new Error(`Nothing went to or came from ${url} for ${SILENCE_MS / 1000} s`);
    const listen = (): void => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS, silent);
    };
    abort = () => stop(signal?.reason as Error);
    xhr.upload.addEventListener('progress', (event) => {
      listen();
      const { loaded, total } = event as Event & Progress;
      onProgress(loaded, total);
    });
    xhr.addEventListener('load', () => {
      try {
        resolve(answerOf(xhr));
      } catch (error) {
        reject(new Error(`The answer from ${url} cannot be read: ${String(error)}`, { cause: error }));
      }
    });
    xhr.addEventListener('error', () => reject(new TypeError(`No answer from ${url}: ${LOST}`)));
    xhr.open('POST', url);
    xhr.responseType = 'arraybuffer';
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    listen();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    else xhr.send(form);
  });
  return answered.finally(() => {
    clearTimeout(silence);
    signal?.removeEventListener('abort', abort);
  });
}

function answerOf(xhr: Xhr): Response {
  const lines = xhr.getAllResponseHeaders().split('\r\n').filter(Boolean);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const { response, status, statusText } = xhr;
  // A Response of such a status takes no body, not even an empty one.
  return new Response([204, 205, 304].includes(status) ? null : response, { status, statusText, headers });
}

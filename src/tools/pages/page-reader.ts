/**
 * Reads the text of a page that a search result names. Requests go through the guard, also after a redirect; what comes is limited in size, also once it
 * is decompressed, and is taken apart in a thread with a deadline. Says of a page that cannot be read why, and throws for nothing else.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { threadUrl } from '../thread-url.js';
import { Refusal } from '../../outgoing/address-guard.js';
import type { Outgoing } from '../../outgoing/outgoing.js';
import { bytesOf } from '../../outgoing/text.js';
import { Turns } from '../../outgoing/turns.js';
import { timeLimit } from '../../outgoing/time-limit.js';
import { TimedThread } from '../timed-thread.js';
import type { GivenPage, MadeText } from './page-thread.js';

export interface PageReaderOptions {
  readonly outgoing: Outgoing;
  /** Of a page with everything, waiting for others included. */
  readonly timeoutS: number;
}

/** Also once it is decompressed. */
const MAX_BYTES = 5 * 2 ** 20;
/** Of a page's text, as in the released browser. */
const MAX_CHARACTERS = 20_000;
const MAX_PDF_WORDS = 600;
const PAGES_AT_A_TIME = 16;
const THREAD_LIMITS = { timeoutS: 5, memoryMb: 512 };
/** Where a page says itself how its characters are written. */
const DECLARATION_BYTES = 2048;

const HEADERS = {
  accept: 'text/html, application/xhtml+xml, application/pdf, text/plain;q=0.9',
  'accept-encoding': 'gzip, deflate, br',
};

type Decompress = (bytes: Buffer, limits: { maxOutputLength: number }) => Promise<Buffer>;

const zlibInflate: Decompress = promisify(inflate);
const rawInflate: Decompress = promisify(inflateRaw);

const DECOMPRESS = new Map<string, Decompress>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', (bytes, limits) => (hasZlibHeader(bytes) ? zlibInflate : rawInflate)(bytes, limits)],
  ['br', promisify(brotliDecompress)],
]);

/** RFC 1950. Some servers leave it out, as browsers allow them to. */
const hasZlibHeader = (bytes: Buffer): boolean =>
  bytes.length >= 2 && bytes.readUInt8() % 16 === 8 && bytes.readUInt16BE() % 31 === 0;

export class PageReader {
  private readonly thread = new TimedThread<GivenPage, MadeText>(
    threadUrl('page-thread', import.meta.url),
    THREAD_LIMITS,
  );

  private readonly turns = new Turns(PAGES_AT_A_TIME);

  constructor(private readonly options: PageReaderOptions) {}

  /** @throws the signal's reason, else an error that says for the model why the page cannot be read */
  async read(address: string, signal: AbortSignal): Promise<string> {
    const { timeoutS } = this.options;
    const { signal: limited, end } = timeLimit(timeoutS, signal);
    try {
      const text = (await this.turns.take(() => this.textAt(addressOf(address), limited), limited))
        .slice(0, MAX_CHARACTERS)
        .trim();
      if (text === '') throw new Error('it has no text');
      return text;
    } catch (error) {
      signal.throwIfAborted();
      if (limited.aborted) throw new Error(`it could not be read within ${timeoutS} s`, { cause: error });
      // A model learns nothing of how Bough is set up.
      throw error instanceof Refusal ? new Error(error.reason, { cause: error }) : error;
    } finally {
      end();
    }
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async textAt(url: URL, signal: AbortSignal): Promise<string> {
    const response = await this.options.outgoing.fetch(url, { headers: HEADERS, signal });
    const type = response.headers.get('content-type') ?? 'text/html';
    const kind = kindOf(type);
    if (!response.ok || kind === null) {
      await response.body?.cancel();
      throw new Error(
        response.ok ? `pages of the type ${type.slice(0, 100)} are not read` : `it answered ${response.status}`,
      );
    }
    const bytes = await decompressed(response);
    if (kind === 'text') return decoded(bytes, type);
    const page: GivenPage =
      kind === 'html'
        ? { kind, text: decoded(bytes, type) }
        : { kind, bytes: Uint8Array.from(bytes), words: MAX_PDF_WORDS };
    const read = await this.thread.make(page, signal);
    if (read === 'too_hard') throw new Error(`its text could not be taken out within ${THREAD_LIMITS.timeoutS} s`);
    if ('problem' in read.made) throw new Error(`its text could not be taken out: ${read.made.problem.slice(0, 200)}`);
    return read.made.text;
  }
}

function addressOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new Error('its address is none of http or https');
  return url;
}

function kindOf(contentType: string): 'html' | 'pdf' | 'text' | null {
  const [type = ''] = contentType.toLowerCase().split(';');
  switch (type.trim()) {
    case 'text/html':
    case 'application/xhtml+xml':
      return 'html';
    case 'application/pdf':
    case 'application/x-pdf':
      return 'pdf';
    case 'text/plain':
    case 'text/markdown':
      return 'text';
    default:
      return null;
  }
}

async function decompressed(response: Response): Promise<Buffer> {
  const bytes = await bytesOf(response, MAX_BYTES);
  const encoding = (response.headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return bytes;
  const decompress = DECOMPRESS.get(encoding);
  if (!decompress) throw new Error(`it is encoded as ${encoding.slice(0, 50)}, which is not read`);
  return decompress(bytes, { maxOutputLength: MAX_BYTES }).catch((error: NodeJS.ErrnoException) => {
    const isTooLarge = error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new Error(isTooLarge ? `it has more than ${MAX_BYTES} bytes` : `it is not ${encoding}, as it says`);
  });
}

/** By its mark, by its header, or by what the page says of itself; else as UTF-8. */
function decoded(bytes: Buffer, contentType: string): string {
  const beginning = bytes.subarray(0, DECLARATION_BYTES).toString('latin1');
  const said = charsetIn(contentType) ?? declaredIn(beginning) ?? 'utf-8';
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : said;
  try {
    return new TextDecoder(marked).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** As the HTML standard has it, a page whose declaration can be read as ASCII is not UTF-16, whatever that says. */
function declaredIn(beginning: string): string | null {
  const charset = charsetIn(/<meta\s[^>]*charset[^>]*>/i.exec(beginning)?.[0] ?? '');
  return charset?.toLowerCase().startsWith('utf-16') ? null : charset;
}

const charsetIn = (text: string): string | null => /charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(text)?.[1] ?? null;

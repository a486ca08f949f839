/** Has an OpenAI-compatible endpoint embed texts. Of queries it keeps what was answered last; of documents it keeps nothing. */
import { setMaxListeners } from 'node:events';
import { Refusal } from '../../outgoing/address-guard.js';
import { bearer } from '../../outgoing/bearer.js';
import { endpointUrl } from '../../outgoing/endpoint-url.js';
import type { Outgoing } from '../../outgoing/outgoing.js';
import { post, refusalOf, type PostAnswer } from '../../outgoing/post.js';
import { Turns } from '../../outgoing/turns.js';
import type { ResolvedEmbeddings } from '../../spec/tools/embeddings.js';

export interface EmbedderOptions {
  readonly spec: ResolvedEmbeddings;
  readonly outgoing: Outgoing;
  /** The value of the secret that the spec names; null: it names none. */
  readonly secret: string | null;
}

/** Requests at the same time. */
const AT_A_TIME = 4;
const MAX_DIMENSIONS = 16_384;
/** Of a number in JSON, with what stands between two of them, and of all else in an answer. */
const NUMBER_BYTES = 25;
const OTHER_BYTES = 2 ** 20;
/** Of queries. */
const KEPT_BYTES = 2 ** 25;
const SHOWN_CHARACTERS = 200;

/** As OpenAI's clients do: the request came too slowly, there are too many, or the server has failed. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const NO_ANSWER = 'see that the server of embeddings.base_url works, or raise embeddings.timeout_s';
const TOO_LONG =
  'if a text is too long for the model, lower embeddings.max_characters; if there are too many in a request, embeddings.batch_size';

export class Embedder {
  readonly url: URL;
  private readonly turns = new Turns(AT_A_TIME);
  private readonly kept = new Map<string, Float32Array>();
  private keptBytes = 0;

  constructor(private readonly options: EmbedderOptions) {
    this.url = endpointUrl(options.spec.base_url, '/embeddings');
  }

  /** What the embeddings of documents depend on. */
  get identity(): object {
    const { model, document_prefix, max_characters } = this.options.spec;
    return { url: this.url.href, model, document_prefix, max_characters };
  }

  /**
   * @returns of each text a vector, all of the same dimensions, of length 1, or of 0 where all of its numbers are
   * @throws the signal's reason, else an error that names the host, says what was wrong and what to do
   */
  async documents(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const { document_prefix: prefix, batch_size: size } = this.options.spec;
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    // Each batch listens while it waits for its turn.
    setMaxListeners(0, until);
    const batches: Promise<Float32Array[]>[] = [];
    for (let at = 0; at < texts.length; at += size)
      batches.push(this.embedded(texts.slice(at, at + size), prefix, until));
    try {
      const vectors = (await Promise.all(batches)).flat();
      const dimensions = new Set(vectors.map((vector) => vector.length));
      if (dimensions.size > 1)
        throw new Error(`${this.url.host} answered with embeddings of ${[...dimensions].join(' and of ')} dimensions`);
      return vectors;
    } catch (error) {
      signal.throwIfAborted();
      // The other batches.
      failed.abort(error);
      throw error;
    }
  }

  /** As `documents`, of one text. */
  async query(text: string, signal: AbortSignal): Promise<Float32Array> {
    const kept = this.kept.get(text);
    if (kept) {
      // The queries asked for last are the last in the map.
      this.kept.delete(text);
      this.kept.set(text, kept);
      return kept;
    }
    const [vector] = await this.embedded([text], this.options.spec.query_prefix, signal);
    return this.keep(text, vector!);
  }

  /** The first answer to a query stays its answer. */
  private keep(text: string, vector: Float32Array): Float32Array {
    const before = this.kept.get(text);
    if (before) return before;
    this.kept.set(text, vector);
    this.keptBytes += bytesOf(text, vector);
    for (const [oldest, forgotten] of this.kept) {
      if (this.keptBytes <= KEPT_BYTES || oldest === text) break;
      this.kept.delete(oldest);
      this.keptBytes -= bytesOf(oldest, forgotten);
    }
    return vector;
  }

  private async embedded(texts: readonly string[], prefix: string, signal: AbortSignal): Promise<Float32Array[]> {
    const { spec, outgoing, secret } = this.options;
    const { url } = this;
    const input = texts.map((text) => prefix + beginning(text, spec.max_characters));
    const headers = () => ({ accept: 'application/json', ...bearer(secret) });
    const maxBytes = OTHER_BYTES + texts.length * MAX_DIMENSIONS * NUMBER_BYTES;
    const asked = { url, outgoing, headers, isPassing, timeoutS: spec.timeout_s, maxBytes };
    const body = JSON.stringify({ model: spec.model, input });
    const answer = await this.turns
      .take(() => post(asked, body, signal), signal)
      .catch((error: Error) => {
        signal.throwIfAborted();
        throw error instanceof Refusal ? error : new Error(`${error.message}; ${NO_ANSWER}`, { cause: error });
      });
    if (!answer.ok) throw new Error(`${refusalOf(url, answer)}${remedyOf(answer)}`);
    try {
      return vectorsIn(answer.text, texts.length);
    } catch (error) {
      throw new Error(`${url.host} ${(error as Error).message}`, { cause: error });
    }
  }
}

function remedyOf({ status }: PostAnswer): string {
  if (status === 401 || status === 403) return '; see to the secret that embeddings.secret names';
  if (status === 404) return '; see to embeddings.base_url and embeddings.model';
  return status === 400 || status === 413 || status === 422 ? `; ${TOO_LONG}` : '';
}

/** Code points from the beginning. */
const beginning = (text: string, characters: number): string =>
  text.length <= characters
    ? text
    : Array.from(text.slice(0, 2 * characters))
        .slice(0, characters)
        .join('');

/** @throws {Error} what the server did, without its name */
function vectorsIn(text: string, count: number): Float32Array[] {
  const data = dataOf(text);
  if (!data) throw new Error(`answered with no embeddings: ${text.slice(0, SHOWN_CHARACTERS)}`);
  if (data.length !== count) throw new Error(`answered ${data.length} embeddings to ${count} texts`);
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
  for (const [place, one] of data.entries()) {
    const { index = place, embedding } = (one ?? {}) as { index?: unknown; embedding?: unknown };
    if (typeof index !== 'number' || !(index in vectors) || vectors[index])
      throw new Error(`answered with embeddings whose index is not 0 to ${count - 1}, each once`);
    vectors[index] = normalised(embedding);
  }
  return vectors as Float32Array[];
}

function dataOf(text: string): unknown[] | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    return Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}

/** Of length 1, as the sum of squares in double precision has it. */
function normalised(embedding: unknown): Float32Array {
  if (!Array.isArray(embedding) || embedding.length === 0 || !embedding.every(Number.isFinite))
    throw new Error('answered with an embedding that is no list of numbers');
  if (embedding.length > MAX_DIMENSIONS)
    throw new Error(
      `answered with an embedding of ${embedding.length} dimensions; at most ${MAX_DIMENSIONS} are taken`,
    );
  const values = embedding as number[];
  // Squares of very large and very small numbers are beyond what a number can be.
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return new Float32Array(values.length);
  const scale = largest * Math.sqrt(values.reduce((sum, value) => sum + (value / largest) ** 2, 0));
  if (!Number.isFinite(scale)) throw new Error(`answered with numbers as large as ${largest}, which is no embedding`);
  return Float32Array.from(values, (value) => value / scale);
}

const bytesOf = (text: string, vector: Float32Array): number => 200 + 2 * text.length + vector.byteLength;

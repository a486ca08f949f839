import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddingsServer } from '../../../test/support/embeddings-server.js';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { resolveEmbeddings } from '../../spec/tools/embeddings.js';
import { Embedder } from './embedder.js';

let server: EmbeddingsServer;
beforeEach(async () => {
  server = await EmbeddingsServer.open();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const embedderOf = (given: object = {}, secret: string | null = null, networks = ['127.0.0.0/8']) =>
  new Embedder({
    spec: resolveEmbeddings({ base_url: server.baseUrl, model: 'trigrams', timeout_s: 1, ...given }),
    outgoing: new Outgoing(new AddressGuard(networks)),
    secret,
  });
const lengthOf = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

test('documents are embedded in batches, in order, at length 1, as the model and the prefixes say', async () => {
  const embedder = embedderOf({ batch_size: 3, document_prefix: 'passage: ', max_characters: 6 }, 'sk-1');
  const texts = ['Lima is', '😀😀😀😀😀😀😀', 'Quito', 'La Paz', 'Bogotá', '...', 'Lima'];
  const vectors = await embedder.documents(texts, never);
  expect(server.heard.map(({ body }) => body.input.length)).toEqual([3, 3, 1]);
  const [{ headers, body }] = server.heard as [(typeof server.heard)[0]];
  expect([headers['authorization'], body.model]).toEqual(['Bearer sk-1', 'trigrams']);
  expect(body.input).toEqual(['passage: Lima i', 'passage: 😀😀😀😀😀😀', 'passage: Quito']);
  for (const [i, vector] of vectors.entries()) {
    const embedding = server.embed(`passage: ${Array.from(texts[i]!).slice(0, 6).join('')}`);
    const scale = Math.hypot(...embedding);
    expect([...vector]).toEqual([...Float32Array.from(embedding, (value) => value / scale)]);
    expect(lengthOf(vector)).toBeCloseTo(1, 6);
  }
  server.answers(200, '{"data": [{"embedding": [0, 0]}]}');
  expect(await embedder.documents(['nothing'], never)).toEqual([Float32Array.of(0, 0)]);
});

test('a query is asked for once, with the prefix of queries', async () => {
  const embedder = embedderOf({ query_prefix: 'query: ' });
  const first = await embedder.query('Lima?', never);
  server.answers(500);
  expect(await embedder.query('Lima?', never)).toBe(first);
  expect(server.texts).toEqual(['query: Lima?']);
});

test.each([
  [200, '<html>', /^127.0.0.1:\d+ answered with no embeddings: <html>$/],
  [200, '{"error": "loading"}', /answered with no embeddings: \{"error": "loading"\}$/],
  [200, '{"data": []}', /answered 0 embeddings to 2 texts$/],
  [
    200,
    '{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}',
    /index is not 0 to 1, each once$/,
  ],
  [
    200,
    '{"data": [{"index": 1, "embedding": [1]}, {"index": 2, "embedding": [1]}]}',
    /index is not 0 to 1, each once$/,
  ],
  [200, '{"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}', /answered with embeddings of 1 and of 2 dimensions$/],
  [200, '{"data": [{"embedding": [1]}, {"embedding": []}]}', /an embedding that is no list of numbers$/],
  [200, '{"data": [{"embedding": [1]}, {"embedding": [null]}]}', /an embedding that is no list of numbers$/],
  [200, '{"data": [{"embedding": "AACAPw=="}, {"embedding": [1]}]}', /an embedding that is no list of numbers$/],
  [
    200,
    '{"data": [{"embedding": [1e308, 1e308, 1e308, 1e308]}, {"embedding": [1, 1, 1, 1]}]}',
    /answered with numbers as large as 1e\+308, which is no embedding$/,
  ],
  [400, 'too long', /answered 400: too long; if a text is too long for the model, lower embeddings\.max_characters/],
  [401, 'who?', /answered 401: who\?; see to the secret that embeddings\.secret names$/],
  [404, 'no model', /answered 404: no model; see to embeddings\.base_url and embeddings\.model$/],
  [503, 'loading', /answered 503: loading; see that the server of embeddings\.base_url works/],
])('an answer %d %s is refused, and it is said what to do', async (status, body, message) => {
  server.answers(status, body);
  await expect(embedderOf().documents(['a', 'b'], never)).rejects.toThrow(message);
});

test('the smallest and the largest numbers keep their direction', async () => {
  server.answers(200, '{"data": [{"embedding": [3e-200, 4e-200]}, {"embedding": [3e200, 4e200]}]}');
  const direction = Float32Array.of(0.6, 0.8);
  expect(await embedderOf().documents(['a', 'b'], never)).toEqual([direction, direction]);
});

test('a server that is busy is asked again, one that says nothing only until its limit, and a private one not at all', async () => {
  const { answer } = server;
  let asked = 0;
  server.answer = (heard, response) =>
    asked++ === 0 ? void response.writeHead(429, { 'retry-after': '0' }).end() : answer(heard, response);
  expect(await embedderOf().documents(['a'], never)).toHaveLength(1);
  server.answer = () => undefined;
  await expect(embedderOf({ timeout_s: 0.2 }).query('a', never)).rejects.toThrow(
    /^127.0.0.1:\d+ did not answer within 0.2 s; see that the server of embeddings.base_url works, or raise embeddings.timeout_s$/,
  );
  const heard = server.heard.length;
  await expect(embedderOf({}, null, []).query('a', never)).rejects.toThrow('127.0.0.1 is not a public address');
  expect(server.heard).toHaveLength(heard);
  await expect(embedderOf().query('a', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('as many batches as there are wait without a warning, and the first that fails ends them', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const embedder = embedderOf({ batch_size: 1 });
  const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
  expect(await embedder.documents(texts, never)).toHaveLength(40);
  const heard = server.heard.length;
  server.answers(400, 'no');
  await expect(embedder.documents(texts, never)).rejects.toThrow('answered 400: no');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.heard.length - heard).toBeLessThan(10);
  expect(warnings).toEqual([]);
  process.off('warning', note);
});

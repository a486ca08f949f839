import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JsonServer } from '../../test/support/json-server.js';
import { called, said } from '../../test/support/responses.js';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { HttpReward, type HttpRewardOptions } from './http.js';
import type { RewardItem } from './reward.js';
import type { KeptAnswers } from './server.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

class ScoreServer extends JsonServer<Record<string, unknown>> {
  override answer: JsonServer<Record<string, unknown>>['answer'] = ({ body }, response) =>
    void response.end(JSON.stringify({ scores: (body['answers'] as unknown[]).map((_, i) => i) }));
}

let server: ScoreServer;
beforeEach(async () => {
  server = await new ScoreServer().listen();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const items: RewardItem[] = [
  { response: said('<answer>Lima</answer>'), reference: ['Lima', 'Cusco'], question: 'Where?', metadata: { level: 3 } },
  { response: [...called('search', 'q', 'r'), ...said('Rome')], reference: ['Lima', 'Cusco'], question: 'Where?' },
];
const scores = (changes: Partial<HttpRewardOptions> = {}, given = items, signal = never) =>
  new HttpReward({
    url: new URL(`http://127.0.0.1:${server.port}/score`),
    secret: SECRET,
    timeoutS: 2,
    concurrency: 4,
    cache: 'off',
    kept: null,
    job: 'run_1',
    outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
    ...changes,
  }).score(given, signal);
const says = (body: unknown) => server.answers(200, JSON.stringify(body));
const errors = async (...given: Parameters<typeof scores>) =>
  (await scores(...given)).map((outcome) => (outcome.kind === 'infra_error' ? outcome.message : outcome.kind));

/** As the worker keeps them. */
function memory(): KeptAnswers & { readonly rows: Map<string, string> } {
  const rows = new Map<string, string>();
  return {
    rows,
    find: async (asked) => rows.get(JSON.stringify(asked)) ?? null,
    keep: async (asked, answer) => void rows.set(JSON.stringify(asked), answer),
  };
}

test('all answers to a prompt are one signed POST', async () => {
  expect(await scores()).toMatchObject([
    { kind: 'scored', reward: 0, parts: { http: 0 } },
    { kind: 'scored', reward: 1, parts: { http: 1 }, flags: [], formatValid: true },
  ]);
  const [{ body, text, headers }] = server.heard as [(typeof server.heard)[0]];
  expect(body).toEqual({
    job: 'run_1',
    question: 'Where?',
    references: ['Lima', 'Cusco'],
    metadata: { level: 3 },
    answers: [
      { response: '<answer>Lima</answer>', answer: 'Lima', parts: items[0]!.response },
      { response: '<search>q</search><result>\nr\n</result>Rome', answer: null, parts: items[1]!.response },
    ],
  });
  expect(new Webhook(SECRET).verify(text, headers)).toEqual(body);
  expect(server.heard).toHaveLength(1);
});

test('a score may have parts and flags, and an answer may be left without one', async () => {
  says({ scores: [{ score: 2, parts: { style: 0.5 }, flags: ['terse'] }, { error: 'the tests did not start' }] });
  expect(await scores()).toMatchObject([
    { reward: 2, parts: { style: 0.5, http: 1.5 }, flags: ['terse'] },
    { kind: 'infra_error', message: 'http: the tests did not start' },
  ]);
});

test.each([
  [200, '<html>Sign in</html>', 'it answered with no JSON: <html>Sign in</html>'],
  [200, '[1, 2]', 'answer {"scores": […]}, not [1, 2]'],
  [200, '{"scores": [1]}', 'it gave 1 scores for 2 answers'],
  [302, 'elsewhere', /127\.0\.0\.1:\d+ answered 302: elsewhere/],
  [400, 'no', /answered 400: no/],
  [500, 'oops', /answered 500: oops/],
])('%d %s is no score of 0, but an infra_error that says what was wrong', async (status, body, message) => {
  server.answers(status, body);
  const found = await errors();
  expect(found).toEqual([found[0], found[0]]);
  expect(found[0]).toMatch(message instanceof RegExp ? message : `http: ${message}`);
  expect(server.heard).toHaveLength(1);
});

test('a score that is none leaves its answer without one, and the others with theirs', async () => {
  server.answers(200, '{"scores": ["good", 1e999]}');
  expect(await errors()).toEqual([
    'http: scores[0] is no number and no {"score", "parts", "flags"}: "good"',
    'http: scores[1] is no number and no {"score", "parts", "flags"}: null',
  ]);
  says({ scores: [{ score: 'high' }, 1] });
  expect(await errors()).toEqual([expect.stringContaining('{"score":"high"}'), 'scored']);
});

test('ten megabytes are not read to their end', async () => {
  server.answers(200, Buffer.alloc(10 * 2 ** 20, 'x'));
  expect((await errors())[0]).toMatch(/^http: 127\.0\.0\.1:\d+: it sent more than 1048576 bytes$/);
});

test('a redirect to an address that is not permitted is not followed', async () => {
  server.answers(307, '', { location: 'http://169.254.169.254/latest/meta-data' });
  expect((await errors())[0]).toContain('169.254.169.254 is not a public address');
});

test('what passes is tried again, as long as there is time', async () => {
  const { answer } = server;
  const statuses = [429, 503];
  server.answer = (heard, response) => {
    const status = statuses.shift();
    if (status === undefined) return answer(heard, response);
    if (status === 503) return void response.socket?.destroy();
    return void response.writeHead(429, { 'retry-after': '1' }).end();
  };
  expect(await errors({ timeoutS: 5 })).toEqual(['scored', 'scored']);
  expect(new Set(server.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  server.answers(429, 'later', { 'retry-after': '60' });
  expect((await errors())[0]).toMatch(/answered 429: later$/);
});

test('a server that never answers, or stops half-way, is waited for until the limit', async () => {
  server.answer = () => undefined;
  expect((await errors({ timeoutS: 0.3 }))[0]).toMatch(/did not answer within 0\.3 s$/);
  server.answer = (_, response) => void response.writeHead(200).write('{"scores": [');
  expect((await errors({ timeoutS: 0.3 }))[0]).toMatch(/did not answer within 0\.3 s$/);
  server.answer = (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 20);
  };
  expect((await errors({ timeoutS: 0.5 }))[0]).toMatch(/broke off its answer$|did not answer within/);
});

test('who stops the work is not kept waiting', async () => {
  const stop = new AbortController();
  server.answer = () => stop.abort(new Error('cancelled'));
  await expect(scores({}, items, stop.signal)).rejects.toThrow('cancelled');
});

test('what the server repeats of the secret is cut out', async () => {
  const secret = 'quoted"secret';
  says({ scores: [{ score: 1, parts: { [`a ${secret}`]: 1 }, flags: [secret] }, { error: secret }] });
  expect(JSON.stringify(await scores({ secret }))).not.toMatch(/quoted/);
  server.answers(403, `no ${secret}`);
  expect((await errors({ secret }))[0]).toMatch(/answered 403: no \[secret\]$/);
});

test('answers that are kept are given again, and failures are not kept', async () => {
  const kept = memory();
  says({ scores: [1, { error: 'not now' }] });
  await scores({ kept, cache: 'read_write' });
  expect(kept.rows.size).toBe(0);
  says({ scores: [1, 0.5] });
  await scores({ kept, cache: 'read_write' });
  server.answers(500);
  expect(await scores({ kept, cache: 'read_only', job: 'run_2' })).toMatchObject([{ reward: 1 }, { reward: 0.5 }]);
  expect(server.heard).toHaveLength(2);
  expect(await errors({ kept, cache: 'read_only' }, [items[1]!])).toEqual([
    'http: its cache is read_only and has no answer to this; use "read_write"',
  ]);
  expect(server.heard).toHaveLength(2);
});

test('nothing is asked where there is nothing to score', async () => {
  expect(await scores({}, [])).toEqual([]);
  expect(server.heard).toEqual([]);
});

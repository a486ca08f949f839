import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { groupReply, JudgeServer } from '../../../test/support/judge-server.js';
import { called, said } from '../../../test/support/responses.js';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { resolveReward, type RewardSpecInput } from '../../spec/rewards/index.js';
import { createReward } from '../create-reward.js';
import type { RewardItem } from '../reward.js';

let server: JudgeServer;
beforeEach(async () => {
  server = await JudgeServer.open();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const outgoing = new Outgoing(new AddressGuard(['127.0.0.0/8']));
const answering = (text: string): RewardItem => ({
  response: [...called('search', 'capital', 'It is Lima.'), ...said(`<answer>${text}</answer>`)],
  reference: ['Lima', 'Ciudad de los Reyes'],
  question: 'What is the capital of Peru?',
});
const items = ['Lima', 'Rome', 'Lima'].map(answering);

async function scores(given: object, scored: readonly RewardItem[] = items, signal = never) {
  const spec = { model: 'judge-1', base_url: server.baseUrl, cache: 'off', timeout_s: 2, ...given } as RewardSpecInput;
  const secrets = new Map([['key', 'sk-a-secret']]);
  const servers = { outgoing, judge: null, secrets, job: 'run_1', keptOf: null };
  return createReward(resolveReward(spec), { pythonThreads: 1, servers }).score(scored, signal);
}
const errors = async (...given: Parameters<typeof scores>) =>
  (await scores(...given)).map((outcome) => (outcome.kind === 'infra_error' ? outcome.message : outcome.kind));

describe('judge', () => {
  test('asks once for each different answer, and keeps verdict and reply', async () => {
    server.reply = (asked) => (asked.includes('Answer:\nLima') ? 'Yes.\nCorrect' : 'Not correct, so: incorrect');
    expect(await scores({ type: 'judge', secret: 'key', system: 'Be strict.' })).toMatchObject([
      { kind: 'scored', reward: 1, parts: { judge: 1 }, flags: ['correct', 'Yes.\nCorrect'] },
      { kind: 'scored', reward: 0, parts: { judge: 0 }, flags: ['incorrect', 'Not correct, so: incorrect'] },
      { kind: 'scored', reward: 1 },
    ]);
    expect(server.heard).toHaveLength(2);
    const [{ path, headers, body }] = server.heard as [(typeof server.heard)[0]];
    expect(path).toBe('/v1/chat/completions');
    expect(headers['authorization']).toBe('Bearer sk-a-secret');
    expect(body).toEqual({
      model: 'judge-1',
      temperature: 0,
      max_tokens: 1024,
      messages: [
        { role: 'system', content: 'Be strict.' },
        {
          role: 'user',
          content: expect.stringMatching(/Question:\nWhat is the capital of Peru\?[^]*Lima\nCiudad de los Reyes/),
        },
      ],
    });
  });

  test('fills its prompt in one pass, and leaves other braces', async () => {
    const prompt = '{question}|{response}|{answer}|{"score": {x}}';
    await scores({ type: 'judge', prompt, temperature: null, max_tokens: null, extra_body: { seed: 7 } }, [
      { response: said('{answer} is it'), reference: 'a', question: '{reference}?' },
    ]);
    expect(server.heard[0]!.body).toEqual({
      model: 'judge-1',
      seed: 7,
      messages: [{ role: 'user', content: '{reference}?|{answer} is it|{answer} is it|{"score": {x}}' }],
    });
  });

  test('does not fill its prompt without end', async () => {
    const long = { response: said('x'.repeat(100_000)), reference: 'a' };
    const [found] = await errors({ type: 'judge', prompt: '{response}'.repeat(50) }, [long]);
    expect(found).toBe('judge: the filled template has more than 4000000 characters: name {response} less often');
    expect(server.heard).toEqual([]);
  });

  test.each([
    [{ type: 'regex', pattern: 'Score: *([\\d.]+)' }, 'Score: 1, no, Score: 0.25', 0.25],
    [{ type: 'regex', pattern: '\\d+' }, 'I give 7', 7],
    [{ type: 'json', field: 'result.score' }, '```json\n{"result": {"score": 0.5}}\n```', 0.5],
    [{ type: 'json', field: 'good' }, '{"good": true}', 1],
    [{ type: 'choice', scores: { A: 1, B: 0 } }, '<think>B, or B?</think>a', 1],
    [{ type: 'choice', scores: { '4/5': 0.8, '5/5': 1 } }, 'Not 5/5 but 4/5.', 0.8],
  ])('reads %o out of %s', async (verdict, reply, reward) => {
    server.reply = () => reply;
    expect(await scores({ type: 'judge', verdict }, [items[0]!])).toMatchObject([{ reward }]);
  });

  test.each([
    [undefined, 'I do not know.', 'judge: the judge’s reply has no verdict (correct, incorrect): I do not know.'],
    [{ type: 'regex', pattern: 'Score: (.*)' }, 'Score: high', /no number that Score: \(\.\*\) finds: Score: high/],
    [{ type: 'json', field: 'score' }, 'no JSON', /no number in the JSON field score: no JSON/],
    [{ type: 'regex', pattern: '^(a+)+$' }, `${'a'.repeat(40)}!`, /took longer than 200 ms.*make it simpler/],
    [undefined, '', 'judge: its reply is empty'],
  ])('a reply that is no verdict by %o is an infra_error', async (verdict, reply, message) => {
    server.reply = () => reply;
    const [found] = await errors(verdict ? { type: 'judge', verdict } : { type: 'judge' }, [items[0]!]);
    expect(found).toMatch(message);
  });

  test('a reply that was cut says what to raise, unless it has its verdict already', async () => {
    server.answers(200, server.completion('Let me think', 'length'));
    expect((await errors({ type: 'judge' }))[0]).toMatch(/; the reply was cut at its end: raise max_tokens$/);
    server.answers(200, server.completion('correct', 'length'));
    expect((await errors({ type: 'judge' }))[0]).toBe('scored');
  });

  test.each([
    [200, '<html>hello</html>', /it answered with no JSON: <html>/],
    [200, '{"error": "model is loading"}', /no chat completion: \{"error": "model is loading"\}/],
    [401, '{"error": {"message": "bad key sk-a-secret"}}', /answered 401: .*bad key \[secret\]/],
    [500, 'crashed', /answered 500: crashed/],
  ])('%d %s is an infra_error of each answer', async (status, body, message) => {
    server.answers(status, body);
    const found = await errors({ type: 'judge', secret: 'key', timeout_s: 0.4 });
    expect(found).toHaveLength(3);
    for (const one of found) expect(one).toMatch(message);
  });

  test('a server that is busy is asked again, and no more at the same time than is said', async () => {
    let now = 0;
    let most = 0;
    const { answer } = server;
    const busy = new Set<string>();
    server.answer = (heard, response) => {
      if (!busy.has(heard.text)) {
        busy.add(heard.text);
        return void response.writeHead(429, { 'retry-after': '0' }).end();
      }
      most = Math.max(most, (now += 1));
      setTimeout(() => {
        now -= 1;
        answer(heard, response);
      }, 30);
    };
    const many = Array.from({ length: 12 }, (_, i) => answering(`city ${i}`));
    expect(await errors({ type: 'judge', concurrency: 3, timeout_s: 5 }, many)).toEqual(many.map(() => 'scored'));
    expect(most).toBe(3);
  });

  test('who stops the work is not kept waiting, nor is anybody by a server that says nothing', async () => {
    const stop = new AbortController();
    server.answer = () => stop.abort(new Error('cancelled'));
    await expect(scores({ type: 'judge' }, items, stop.signal)).rejects.toThrow('cancelled');
    server.answer = () => undefined;
    expect((await errors({ type: 'judge', timeout_s: 0.3 }))[0]).toMatch(/did not answer within 0\.3 s$/);
  });
});

describe('judge_group', () => {
  test('shows the whole group in one request, what it shares and equal answers once', async () => {
    server.reply = groupReply((attempt) => (attempt.includes('Lima') ? 1 : 0.25));
    expect(await scores({ type: 'judge_group', rubric: 'Right by {reference}?' })).toMatchObject([
      { reward: 1, parts: { judge_group: 1 }, flags: ['attempt 1'] },
      { reward: 0.25, flags: ['attempt 2'] },
      { reward: 1, flags: ['attempt 1'] },
    ]);
    expect(server.heard).toHaveLength(1);
    const [system, user] = server.heard[0]!.body.messages;
    expect(system!.content).toContain('Right by Lima\nCiudad de los Reyes?');
    expect(user!.content.split('It is Lima.')).toHaveLength(2);
    expect(user!.content).toContain('<attempt id="2">\n[{"kind":"text","text":"<answer>Rome</answer>"}]\n</attempt>');
  });

  test.each([
    ['{"scores": [{"id": 1, "score": 1}]}', /gave attempt 2 of 2 no score/],
    ['{"scores": [{"id": 1, "score": 1}, {"id": 1, "score": 0}]}', /scored an attempt twice/],
    ['{"scores": [{"id": 1, "score": 7}, {"id": 2, "score": 0}]}', /no scores from 0 to 1/],
    ['The first is better.', /no scores from 0 to 1: The first/],
  ])('a reply %s leaves the group without scores', async (reply, message) => {
    server.reply = () => reply;
    const found = await errors({ type: 'judge_group' });
    expect(found).toHaveLength(3);
    for (const one of found) expect(one).toMatch(message);
  });

  test('one answer alone is not judged', async () => {
    expect(await errors({ type: 'judge_group' }, [items[0]!])).toEqual([
      'judge_group: there is no other answer to the prompt to compare this one with',
    ]);
    expect(await scores({ type: 'judge_group' }, [])).toEqual([]);
    expect(server.heard).toEqual([]);
  });
});

describe('score_model', () => {
  const grader = {
    type: 'score_model',
    name: 'grader',
    input: [
      { role: 'system', content: 'You grade.' },
      { role: 'user', content: [{ type: 'input_text', text: '{{ item.reference }}? {{ sample.answer }}' }] },
    ],
    sampling_params: { temperature: 1, max_completions_tokens: 99 },
    range: [0, 10],
  };

  test('OpenAI’s grader asks with its messages and its parameters', async () => {
    server.reply = () => '{"steps": [], "result": 7}';
    expect(await scores({ ...grader, pass_threshold: 8 }, [items[1]!])).toMatchObject([
      { reward: 7, parts: { score_model: 7 }, flags: ['failed', '{"steps": [], "result": 7}'] },
    ]);
    expect(server.heard[0]!.body).toEqual({
      model: 'judge-1',
      temperature: 1,
      max_completion_tokens: 99,
      messages: [
        { role: 'system', content: 'You grade.' },
        { role: 'user', content: expect.stringMatching(/^Lima\? Rome\n\n.*"result" is a number from 0 to 10/) },
      ],
    });
  });

  test('a number out of its range, and a field that an example does not have, are infra_errors', async () => {
    server.reply = () => '{"result": 11}';
    expect(await errors(grader, [items[0]!])).toEqual(['score_model: the judge gave 11, which is not from 0 to 10']);
    const input = [{ role: 'user', content: '{{item.nothing}} {{sample.output_text}}' }];
    expect((await errors({ ...grader, input }, [items[0]!]))[0]).toMatch(/\{\{item\.nothing\}\} is not known/);
  });
});

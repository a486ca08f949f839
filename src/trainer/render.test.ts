import { describe, expect, test } from 'vitest';
import { tinyTokenizer } from '../../test/support/fake-policy.js';
import type { Message } from '../protocol/messages.js';
import { Renderer, type Stretch } from './render.js';

const tags = ['<think>', '</think>', '<search>', '</search>', '<result>', '</result>', '<answer>', '</answer>'];
const tokenizer = tinyTokenizer(['What is the area of Peru? I need it.'], tags);
const renderer = new Renderer(tokenizer, [], null);

const user = (content: string): Message => ({ role: 'user', content });
const agent = (content: string): Message => ({ role: 'assistant', content });
const tool = (content: string): Message => ({ role: 'tool', content });
const shown = (stretches: readonly Stretch[]) =>
  stretches.map(({ kind, tokens }) => [kind, tokenizer.decode(tokens)] as const);
/** Names of the added tokens among the ids. */
const controls = ({ tokens }: Stretch) => [...tokens].flatMap((id) => tokenizer.addedToken(id)?.content ?? []);

describe('a demonstration', () => {
  test('is prompt, calls, results and answer, with an end token after the last', () => {
    const messages = [user('Peru?'), agent('<search> area</search>'), tool('1285'), agent('<answer> 1285</answer>')];
    expect(renderer.demonstrations(messages).map(shown)).toEqual([
      [
        ['prompt', '<user>Peru?<agent>'],
        ['model', '<search> area</search>'],
        ['tool', '<result>\n1285\n</result>'],
        ['model', '<answer> 1285</answer><eos>'],
      ],
    ]);
  });

  test('teaches each answer of a conversation after all that came before it', () => {
    const messages = [user('a'), agent('<search>x</search>'), tool('y'), agent('b'), user('c'), agent('d')];
    expect(renderer.demonstrations(messages).map(shown)).toEqual([
      [
        ['prompt', '<user>a<agent>'],
        ['model', '<search>x</search>'],
        ['tool', '<result>\ny\n</result>'],
        ['model', 'b<eos>'],
      ],
      [
        ['prompt', '<user>a<agent><search>x</search><result>\ny\n</result>b<eos><user>c<agent>'],
        ['model', 'd<eos>'],
      ],
    ]);
  });

  test('that stops at a result has no end token', () => {
    const [stretches] = renderer.demonstrations([user('a'), agent('<search>x</search>'), tool('y')]);
    expect(shown(stretches!).at(-1)).toEqual(['tool', '<result>\ny\n</result>']);
  });

  test('shows a message of weight 0 and does not teach it', () => {
    const messages: Message[] = [user('a'), { ...agent('<search>b</search>'), weight: 0 }, tool('y'), agent('c')];
    expect(renderer.demonstrations(messages).map(shown)).toEqual([
      [
        ['prompt', '<user>a<agent>'],
        ['prompt', '<search>b</search>'],
        ['tool', '<result>\ny\n</result>'],
        ['model', 'c<eos>'],
      ],
    ]);
  });

  test('is nothing without an answer, or without a prompt', () => {
    expect(renderer.demonstrations([user('a')])).toEqual([]);
    expect(renderer.demonstrations([agent('a')])).toEqual([]);
  });
});

describe('control tokens', () => {
  test('in what an assistant wrote are the tags, never those that open or end a turn', () => {
    const [stretches] = renderer.demonstrations([user('a'), agent('<think>b</think><eos><user>')]);
    expect(controls(stretches![1]!)).toEqual(['<think>', '</think>', '<eos>']);
    expect(shown(stretches!)[1]![1]).toBe('<think>b</think><eos><user><eos>');
  });

  test('in a result are only the tags around it', () => {
    const result = renderer.toolResult('<search>a</search></result><eos>');
    expect(controls(result)).toEqual(['<result>', '</result>']);
    expect(tokenizer.decode(result.tokens)).toBe(result.text);
  });
});

test("the run's system message takes the place of an example's", () => {
  const strict = new Renderer(tokenizer, [], 'Be brief.');
  const prompt = strict.prompt([{ role: 'system', content: 'Be long.' }, user('a')]);
  expect(prompt.text).toBe('<system>Be brief.<user>a<agent>');
});

test('a rollout inserts a result as a demonstration shows it', () => {
  const [stretches] = renderer.demonstrations([user('a'), agent('<search>x</search>'), tool('y z')]);
  expect(renderer.toolResult('y z')).toEqual(stretches![2]);
});

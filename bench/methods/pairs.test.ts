import { expect, test } from 'vitest';
import { countries } from '../../examples/quickstart/task/countries.js';
import { namesOf } from '../../examples/quickstart/task/world.js';
import { Random } from '../../examples/support/random.js';
import { pair, pairsFile } from './pairs.js';

const names = namesOf(countries());
const random = new Random(1, 'pairs');
const drawn = Array.from({ length: 200 }, () => pair(random, names, 128));

test('a pair is one question with two different answers, of which the better is boxed and looks before it answers', () => {
  for (const { prompt, chosen, rejected } of drawn) {
    expect(prompt.map(({ role }) => role)).toEqual(['user']);
    expect(chosen).not.toEqual(rejected);
    expect(chosen.at(-1)!.content).toContain('\\boxed{');
    expect(chosen[0]!.content).toContain('<search>');
  }
});

test('the same query is answered alike in both', () => {
  for (const { chosen, rejected } of drawn) {
    const answers = new Map<string, string>();
    for (const messages of [chosen, rejected])
      messages.forEach(({ role, content }, i) => {
        if (role !== 'tool') return;
        const call = /<(?:search|python)>.*$/.exec(messages[i - 1]!.content)![0];
        expect(answers.get(call) ?? content).toBe(content);
        answers.set(call, content);
      });
  }
});

test('a seed makes the same pairs', () => {
  expect(pairsFile(3, 5, 128)).toBe(pairsFile(3, 5, 128));
  expect(pairsFile(3, 5, 128)).not.toBe(pairsFile(4, 5, 128));
});

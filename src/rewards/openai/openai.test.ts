import { describe, expect, test } from 'vitest';
import { called, said } from '../../../test/support/responses.js';
import type { RewardItem } from '../reward.js';
import { scoreStringCheck } from './string-check.js';
import { filled } from './template.js';
import { scoreTextSimilarity, similarity } from './text-similarity.js';

const item: RewardItem = {
  response: [...said('Let me look. '), ...called('search', 'q', 'r'), ...said('<answer>Lima</answer>')],
  reference: ['Lima', 'Cusco'],
  question: 'Where?',
  metadata: { level: 3, reference_answer: 'of the example' },
};

describe('a template', () => {
  test.each([
    ['{{sample.output_text}}', '<answer>Lima</answer>'],
    ['{{ sample.answer }}, {{item.question}} {{item.reference}}', 'Lima, Where? Lima'],
    ['{{item.level}}', '3'],
    ['{{item.reference_answer}}', 'of the example'],
    ['plain {text}', 'plain {text}'],
  ])('%s is filled', (template, text) => {
    expect(filled(template, item)).toBe(text);
  });

  test('is not filled with more than memory holds', () => {
    const long = { ...item, metadata: { text: 'x'.repeat(1_000_000) } };
    expect(filled('{{item.text}}{{item.text}}', long)).toHaveLength(2_000_000);
    expect(() => filled('{{item.text}}'.repeat(5), long)).toThrow(
      'the filled template has more than 4000000 characters: name {{item.text}} less often',
    );
  });

  test('names what it cannot know', () => {
    expect(() => filled('{{item.nothing}}', item)).toThrow(
      /^\{\{item\.nothing\}\} is not known: use sample\.output_text/,
    );
  });
});

test.each([
  ['eq', '{{sample.answer}}', 'Lima', 1],
  ['eq', '{{sample.answer}}', 'lima', 0],
  ['ne', '{{sample.answer}}', 'Rome', 1],
  ['like', '{{sample.output_text}}', 'Lima', 1],
  ['like', '{{sample.output_text}}', 'lima', 0],
  ['ilike', '{{sample.output_text}}', 'lima', 1],
] as const)('string_check %s of %s and %s is %d', (operation, input, reference, reward) => {
  expect(scoreStringCheck({ input, reference, operation })(item)).toMatchObject({
    reward,
    parts: { string_check: reward },
  });
});

describe('text_similarity', () => {
  test.each([
    ['fuzzy_match', 'abcd', 'abxd', 0.75],
    ['fuzzy_match', '', '', 1],
    ['fuzzy_match', 'a', '', 0],
    ['rouge_1', 'the cat sat', 'the cat', 0.8],
    ['rouge_2', 'the cat sat', 'the cat', 2 / 3],
    ['rouge_l', 'a b c d', 'a x c d', 0.75],
    ['gleu', 'the cat', 'the cat sat', 0.5],
    ['bleu', 'the cat sat on the mat', 'the cat sat on the mat', 1],
    ['bleu', 'the cat sat', 'the cat ran', 0],
    ['bleu', 'a b', 'a b c d', Math.exp(-1)],
  ] as const)('%s of %o and %o is %d', (metric, a, b, value) => {
    expect(similarity(a, b, metric)).toBeCloseTo(value, 12);
  });

  test('compares what its templates say', () => {
    const score = scoreTextSimilarity({
      input: '{{sample.answer}}',
      reference: '{{item.reference}}',
      evaluation_metric: 'fuzzy_match',
    });
    expect(score(item)).toMatchObject({ reward: 1, parts: { fuzzy_match: 1 }, answer: 'Lima' });
  });
});

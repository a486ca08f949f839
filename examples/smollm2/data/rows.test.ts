import { expect, test } from 'vitest';
import { demonstrationsFile, questionsFile } from './rows.js';

test('a file of demonstrations has their messages, a file of questions what is asked and answered', () => {
  const messages = [{ role: 'user', content: 'How many?' }] as const;
  expect(JSON.parse(demonstrationsFile([messages]))).toEqual({ messages });
  const problem = { id: 'a-1', question: 'How many?', answer: '5', calculations: null };
  expect(JSON.parse(questionsFile([problem]))).toEqual({ question: 'How many?', answer: '5', metadata: { id: 'a-1' } });
});

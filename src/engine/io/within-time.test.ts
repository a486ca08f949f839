import { expect, test } from 'vitest';
import { ModelFormatError } from '../format-error.js';
import { ChatTemplateError } from './chat-template-error.js';
import { renderIfAccepted } from './chat-template.js';
import { withinTime } from './within-time.js';

test('what ends in time answers, or fails, as it would without a limit', () => {
  expect(withinTime(() => ({ a: [1] }))).toEqual({ a: [1] });
  const refuse = () => {
    throw new ChatTemplateError('no');
  };
  expect(() => withinTime(refuse)).toThrow(ChatTemplateError);
});

test.each([
  [
    'a chat template',
    () => {
      const loop = (body: string) => `{% for x in range(99999) %}${body}{% endfor %}`;
      const chatTemplate = loop(loop(loop('')));
      return renderIfAccepted({ chatTemplate, specialTokens: {} }, [], { addGenerationPrompt: true });
    },
  ],
  ['a pattern', () => /^(a+)+$/.test(`${'a'.repeat(60)}!`)],
])('%s that does not end is ended', (_, work) => {
  const began = Date.now();
  expect(() => withinTime<unknown>(work, 100)).toThrow(
    new ModelFormatError('the chat template or tokenizer did not finish in 0.1 s: simplify it'),
  );
  expect(Date.now() - began).toBeLessThan(5000);
});

import { describe, expect, test } from 'vitest';
import { renderChatTemplate } from './chat-template.js';

const messages = [
  { role: 'user', content: 'hi' },
  { role: 'assistant', content: 'yo' },
];
const render = (chatTemplate: string) =>
  renderChatTemplate({ chatTemplate, specialTokens: { bos_token: '<s>' } }, messages, { addGenerationPrompt: true });

describe('a template that asks for the date', () => {
  test.each([
    ["{{ strftime_now('%d %b %Y') }}", '26 Jul 2024'],
    ["{% if strftime_now is defined %}{{ strftime_now('%A, %-d %B %Y %H:%M, day %j, 100%%') }}{% endif %}", null],
  ])('is told the same one on every day: %s', (template, text) => {
    expect(render(template)).toBe(text ?? 'Friday, 26 July 2024 00:00, day 208, 100%');
  });

  test.each([
    ["{{ strftime_now('%Q') }}", 'does not know the directive %Q'],
    ["{{ strftime_now('50%') }}", 'does not know the directive %'],
    ['{{ strftime_now() }}', 'takes a format'],
  ])('is refused by name: %s', (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});

test.each([
  ['{% for m in messages %}{{ m.role }}', 'a block or an expression is not closed'],
  ['{{ messages', ''],
  ['{% for m in %}{% endfor %}', ''],
])('a template that is not Jinja is said to be none: %s', (template, why) => {
  expect(() => render(template)).toThrow(`the chat template is not valid Jinja: ${why}`);
});

test.each([
  [
    '{{ bos_token }}{{ messages | tojson }}',
    '<s>[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]',
  ],
  ['{% set n = namespace(a=1) %}{% for m in messages %}{% set n.a = n.a + 1 %}{% break %}{% endfor %}{{ n.a }}', '2'],
  ['{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m.role }}{% endfor %}', 'assistant'],
  [
    '{% if tools is none and documents is none and enable_thinking is not defined %}as transformers{% endif %}',
    'as transformers',
  ],
  ['{%- for m in messages %}\n {% generation -%} {{ m.content }}.\n {%- endgeneration %}\n{%- endfor %}', 'hi.yo.'],
])('knows what transformers gives a template: %s', (template, text) => {
  expect(render(template)).toBe(text);
});

test('names a function that is not supported', () => {
  expect(() => render("{{ cycler('a', 'b') }}")).toThrow('calls cycler, which is not supported');
});

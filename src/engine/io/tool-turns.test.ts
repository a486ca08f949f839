import { describe, expect, test } from 'vitest';
import { hermesTemplate, llamaTemplate } from '../../../test/support/chat-templates.js';
import { defaultChatTemplate } from './default-chat-template.js';
import { listsTools, toolTurns } from './tool-turns.js';
import { Tokenizer } from './tokenizer.js';
import { trainTokenizer } from './train-tokenizer.js';

const controls = ['<|im_start|>', '<|im_end|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'];
const json = trainTokenizer([], { vocabSize: 300, addedTokens: controls, eosToken: '<eos>' });
const tokenizerWith = (template: string) => new Tokenizer(json, { eos_token: '<eos>', chat_template: template });

function turnsOf(template: string) {
  const turns = toolTurns(tokenizerWith(template));
  const textOf = (parts: readonly (string | { content: string })[]) =>
    parts.map((part) => (typeof part === 'string' ? part : part.content)).join('');
  return turns && { ...turns, head: textOf(turns.head), between: textOf(turns.between), tail: textOf(turns.tail) };
}

describe('around results stands', () => {
  test('what the template writes from behind the end of the turn that called', () => {
    expect(turnsOf(hermesTemplate)).toEqual({
      head: '\n<|im_start|>user\n<tool_response>\n',
      between: '\n</tool_response>\n<tool_response>\n',
      tail: '\n</tool_response><|im_end|>\n<|im_start|>assistant\n',
      escaped: false,
    });
  });

  test('the quotes of a template that writes text as JSON', () => {
    const ipython = '<|start_header_id|>ipython<|end_header_id|>\n\n"';
    expect(turnsOf(llamaTemplate)).toEqual({
      head: ipython,
      between: `"<|eot_id|>${ipython}`,
      tail: '"<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
      escaped: true,
    });
  });

  test.each([
    ['has no turn for them', "{% for m in messages if m.role != 'tool' %}{{ m.content }}<|im_end|>{% endfor %}"],
    [
      'refuses them',
      "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no') }}{% endif %}{% endfor %}",
    ],
    ['ends no turn', '{% for m in messages %}{{ m.content }}{% endfor %}'],
  ])('nothing where the template %s', (_, template) => {
    expect(turnsOf(template)).toBeNull();
  });
});

test('whether a template lists tools is seen by rendering it', () => {
  expect([hermesTemplate, llamaTemplate, defaultChatTemplate].map((one) => listsTools(tokenizerWith(one)))).toEqual([
    true,
    true,
    false,
  ]);
});

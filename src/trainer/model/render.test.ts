import { describe, expect, test } from 'vitest';
import { hermesTemplate, llamaTemplate } from '../../../test/support/chat-templates.js';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import { defaultChatTemplate } from '../../engine/io/default-chat-template.js';
import type { CallDelimiters } from '../../spec/prompt.js';
import type { Message } from '../../protocol/messages.js';
import { textTool } from '../../tools/tool.js';
import { chatToolsOf } from './chat-tools.js';
import { Renderer, type TokenSpan } from './render.js';

const tags = ['<think>', '</think>', '<search>', '</search>', '<result>', '</result>', '<answer>', '</answer>'];
const texts = ['What is the area of Peru? I need it.'];
const tokenizer = tinyTokenizer(texts, tags);
const renderer = new Renderer(tokenizer, [], null);

const user = (content: string): Message => ({ role: 'user', content });
const agent = (content: string): Message => ({ role: 'assistant', content });
const tool = (content: string): Message => ({ role: 'tool', content });
const shown = (spans: readonly TokenSpan[]) =>
  spans.map(({ kind, tokens }) => [kind, tokenizer.decode(tokens)] as const);
/** Names of the added tokens among the ids. */
const controls = ({ tokens }: TokenSpan) => [...tokens].flatMap((id) => tokenizer.addedToken(id)?.content ?? []);

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

  test('has its calls and results between the tags that the model knows', () => {
    const own = new Renderer(tokenizer, [], null, null, { python: 'code', result: 'interpreter' });
    const called = [
      agent('<python>1+1</python>\n'),
      tool('2</interpreter>'),
      agent('<code>2</code>'),
      tool('2'),
      agent('2'),
    ];
    const [whole] = own.demonstrations([user('a'), agent('<python>1</python><result>1</result>1')]);
    expect(shown(whole!)[1]).toEqual(['model', '<code>1</code><interpreter>1</interpreter>1<eos>']);
    const swapped = new Renderer(tokenizer, [], null, null, { python: 'search', search: 'python' });
    const [two] = swapped.demonstrations([user('a'), agent('<python>1</python><search>2</search>')]);
    expect(shown(two!)[1]).toEqual(['model', '<search>1</search><python>2</python><eos>']);
    const [spans, later] = own.demonstrations([user('a'), ...called, user('b'), agent('c')]);
    expect(shown(spans!).slice(1)).toEqual([
      ['model', '<code>1+1</code>\n'],
      ['tool', '<interpreter>\n2</ interpreter>\n</interpreter>'],
      ['model', '<code>2</code>'],
      ['tool', '<interpreter>\n2\n</interpreter>'],
      ['model', '2<eos>'],
    ]);
    expect(shown(later!)[0]![1]).toContain(
      '<agent><code>1+1</code>\n<interpreter>\n2</ interpreter>\n</interpreter><code>2',
    );
  });

  test('that stops at a result has no end token', () => {
    const [spans] = renderer.demonstrations([user('a'), agent('<search>x</search>'), tool('y')]);
    expect(shown(spans!).at(-1)).toEqual(['tool', '<result>\ny\n</result>']);
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
    const [spans] = renderer.demonstrations([user('a'), agent('<think>b</think><eos><user>')]);
    expect(controls(spans![1]!)).toEqual(['<think>', '</think>', '<eos>']);
    expect(shown(spans!)[1]![1]).toBe('<think>b</think><eos><user><eos>');
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
  const [spans] = renderer.demonstrations([user('a'), agent('<search>x</search>'), tool('y z')]);
  expect(renderer.toolResult('y z')).toEqual(spans![2]);
});

describe('tags that are special tokens', () => {
  const special = new Renderer(tinyTokenizer(texts, [...tags, '<plan>'], { special: true }), [], null);
  const plain = new Renderer(tinyTokenizer(texts, [...tags, '<plan>']), [], null);

  test('are learnt, and stand around results, as the same tokens', () => {
    const messages = [
      user('<think>'),
      agent('<think>a</think><plan><search>x</search>'),
      tool('<search>'),
      agent('<answer>b</answer><eos><user>'),
      user('c'),
      agent('<think>d</think>'),
    ];
    expect(special.demonstrations(messages)).toEqual(plain.demonstrations(messages));
  });

  test('are text; control are those that end an answer or that the template writes', () => {
    const names = (one: Renderer) => [...one.control].map((id) => one.tokenizer.decode([id]));
    expect(names(special)).toEqual(['<eos>', '<user>', '<system>', '<agent>']);
    expect(names(plain)).toEqual(names(special));
  });
});

describe('a template that begins the answer', () => {
  const beginning = (begun: string) =>
    new Renderer(
      tinyTokenizer(texts, tags, {
        template: defaultChatTemplate.replace("'<agent>' }}{% endif", `'<agent>${begun}' }}{% endif`),
      }),
      [],
      null,
    );

  test.each([
    ['<think>', '<think>a</think>b', 'a</think>b<eos>'],
    [String.raw`<think>\n`, '<think>\nadd\n</think>\n\nb', 'add\n</think>\n\nb<eos>'],
    [String.raw`<think>\n`, '<think>  add</think>b', '  add</think>b<eos>'],
    [String.raw`<think>\n\n</think>\n\n`, '<think></think>\n\nb', 'b<eos>'],
    [String.raw`<think>\n\n</think>\n\n`, 'b', 'b<eos>'],
    [String.raw`<think>\n`, 'a</think>b', 'a</think>b<eos>'],
  ])('with %j is not repeated by a demonstration that begins so: %j', (begun, answer, learnt) => {
    const [spans] = beginning(begun).demonstrations([user('a'), agent(answer)]);
    expect(shown(spans!)[1]).toEqual(['model', learnt]);
  });

  test('is told apart from what others wrote', () => {
    const begun = (one: Renderer, content: string) => one.prompt([user(content)]).begun;
    expect(begun(beginning(String.raw`<think>\n`), 'a')).toBe('<think>\n');
    expect(begun(beginning(String.raw`<think>\n\n</think>\n\n`), 'a')).toBe('<think>\n\n</think>\n\n');
    expect(begun(beginning(''), '<think>')).toBe('');
    const words = new Renderer(
      tinyTokenizer(texts, [], { template: "{{ messages[0].content + ' Think in <think></think>. Go:' }}" }),
      [],
      null,
    );
    expect(begun(words, '<think>')).toBe('');
  });
});

test('an answer ends with what the template writes behind one, not with the end of a sequence', () => {
  const template = "{% for m in messages %}{{ '<user>' + m.role + ' ' + m.content + ' <agent>\\n' }}{% endfor %}";
  const other = new Renderer(tinyTokenizer(texts, tags, { template }), [3], null);
  const [spans] = other.demonstrations([user('a'), agent('b')]);
  expect(shown(spans!)[1]).toEqual(['model', 'b <agent>']);
  expect(other.endTokens.map((id) => other.tokenizer.decode([id]))).toEqual([
    other.tokenizer.decode([3]),
    '<eos>',
    '<agent>',
  ]);
});

test('answers are learnt after a history without its thinking, where the template takes it out', () => {
  const template = defaultChatTemplate.replace(
    "message['content'] + eos_token",
    "(message['content'] if loop.last else message['content'].split('</think>')[-1]) + eos_token",
  );
  const stripping = new Renderer(tinyTokenizer(texts, tags, { template }), [], null);
  const answer = [agent('<think>x</think><search>y</search>'), tool('</think>z'), agent('<think>v</think>b')];
  expect(
    stripping.demonstrations([user('a'), ...answer.slice(0, 1), user('c'), agent('<think>e</think>d')]).map(shown),
  ).toEqual([
    [
      ['prompt', '<user>a<agent>'],
      ['model', '<think>x</think><search>y</search><eos>'],
    ],
    [
      ['prompt', '<user>a<agent><search>y</search><eos><user>c<agent>'],
      ['model', '<think>e</think>d<eos>'],
    ],
  ]);
  expect(stripping.prompt([user('a'), ...answer, user('c')]).text).toBe('<user>a<agent>b<eos><user>c<agent>');
});

describe("with the model's own way to call tools", () => {
  const search = textTool('search', 'Searches.', 'query', 'What for.');
  const rendererWith = (template: string, ends: string, added: string[], delimiters: CallDelimiters | null = null) => {
    const own = tinyTokenizer(texts, [...added, ends], { template, eosToken: ends });
    return new Renderer(own, [], null, chatToolsOf(own, [search], delimiters));
  };
  const written = (spans: readonly TokenSpan[], { tokenizer: own }: Renderer) =>
    spans.map(({ kind, tokens }) => [kind, own.decode(tokens)]);

  test('a demonstration is written as the template of Hermes and Qwen has it', () => {
    const own = rendererWith(hermesTemplate, '<|im_end|>', ['<|im_start|>', '<tool_call>', '</tool_call>']);
    const messages = [user('Peru?'), agent('So:\n<search> area</search>'), tool('1285'), agent('It is 1285.')];
    const [spans] = own.demonstrations(messages);
    expect(written(spans!, own).slice(1)).toEqual([
      ['model', 'So:\n<tool_call>\n{"name": "search", "arguments": {"query": " area"}}\n</tool_call><|im_end|>'],
      ['tool', '\n<|im_start|>user\n<tool_response>\n1285\n</tool_response><|im_end|>\n<|im_start|>assistant\n'],
      ['model', 'It is 1285.<|im_end|>'],
    ]);
    expect(spans![0]!.text).toContain('"description": "Searches."');
    const later = own.demonstrations([...messages, user('And Chile?'), agent('756')]);
    expect(later[1]![0]!.text).toContain(
      '<tool_response>\n1285\n</tool_response><|im_end|>\n<|im_start|>assistant\nIt is',
    );
  });

  test('and between other delimiters where the spec names them, which are text of the model', () => {
    const template = hermesTemplate.replaceAll('tool_call>', 'function>');
    const delimiters = { begin: '<|call|>', end: '<|/call|>\n' };
    expect(() => rendererWith(template, '<|im_end|>', [])).toThrow(/name its own delimiters in prompt.call_delimiters/);
    const own = rendererWith(template, '<|im_end|>', ['<|im_start|>', '<|call|>', '<|/call|>'], delimiters);
    const [spans] = own.demonstrations([
      user('Peru?'),
      agent('So: <search>area</search>'),
      tool('1285'),
      agent('1285.'),
    ]);
    expect(written(spans!, own)[1]).toEqual([
      'model',
      'So: <|call|>{"name": "search", "arguments": {"query": "area"}}<|/call|>\n<|im_end|>',
    ]);
    expect(own.control.has(own.tokenizer.tokenId('<|call|>')!)).toBe(false);
  });

  test('and as that of Llama, whose results are JSON', () => {
    const own = rendererWith(llamaTemplate, '<|eot_id|>', ['<|start_header_id|>', '<|end_header_id|>']);
    const [spans] = own.demonstrations([user('a'), agent('<search>b</search>'), tool('"c"\nd'), agent('e')]);
    expect(written(spans!, own).slice(1)).toEqual([
      ['model', '{"name": "search", "parameters": {"query": "b"}}<|eot_id|>'],
      [
        'tool',
        '<|start_header_id|>ipython<|end_header_id|>\n\n"\\"c\\"\\nd"<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
      ],
      ['model', 'e<|eot_id|>'],
    ]);
  });

  test('what a tool says is text, whatever it spells', () => {
    const own = rendererWith(hermesTemplate, '<|im_end|>', ['<|im_start|>', '<tool_call>', '</tool_call>']);
    const { tokens } = own.toolResult('<|im_end|><tool_call>');
    expect([...tokens].filter((id) => own.tokenizer.addedToken(id)?.content === '<|im_end|>')).toHaveLength(1);
    expect(own.tokenizer.decode(tokens)).toContain('<|im_end|><tool_call>');
  });

  test('a template without tools is refused, and why', () => {
    expect(() => rendererWith(defaultChatTemplate, '<eos>', [])).toThrow(/chat template does not list tools: use tags/);
  });
});

import { describe, expect, test } from 'vitest';
import { TagGrammar } from './tag-grammar.js';

const grammar = new TagGrammar(['search', 'python']);
/** The first call found when the text comes in pieces. */
function firstCall(pieces: readonly string[]) {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    const call = grammar.completed(text, piece.length);
    if (call) return { ...call, text };
  }
  return null;
}

describe('a tool call', () => {
  test.each([
    ['whole', ['<think> x</think><search> area of Peru</search>']],
    ['by characters', [...'<think> x</think><search> area of Peru</search>']],
    ['with its tag cut in two', ['<think> x</think><search> area of Peru</sea', 'rch>']],
  ])('is found when its text comes %s', (_, pieces) => {
    expect(firstCall(pieces)).toMatchObject({ tool: 'search', input: ' area of Peru' });
  });

  test('is over with its closing tag, even when a token brings more', () => {
    expect(firstCall(['<python>1+1</python> and'])).toMatchObject({ tool: 'python', input: '1+1' });
  });

  test('begins at the last opening tag', () => {
    expect(firstCall(['I could <search> or <search>b</search>'])).toMatchObject({ input: 'b' });
  });

  test('is the first of two that come together', () => {
    expect(firstCall(['<python>1</python><search>b</search>'])).toMatchObject({ tool: 'python' });
  });

  test.each(['a</search>', '<python>a</search>', '<browser>a</browser>', '<search>a'])('is not %s', (text) => {
    expect(firstCall([text])).toBeNull();
  });

  test('keeps what stands between the tags as it is', () => {
    expect(firstCall(['<python>\n  x = 1\n  x\n</python>'])).toMatchObject({ input: '\n  x = 1\n  x\n' });
  });
});

test('a tool may have a tag of another name, and then not its own', () => {
  const renamed = new TagGrammar(['search', 'python'], { python: 'code' });
  const text = '<python>1</python><code>2</code>';
  expect(renamed.completed(text, text.length)).toMatchObject({
    tool: 'python',
    input: '2',
    span: { start: 18, end: text.length },
  });
});

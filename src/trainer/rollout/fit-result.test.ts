import { expect, test } from 'vitest';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import { Renderer } from '../model/render.js';
import { CUT_MARK, fitResult } from './fit-result.js';

const tokenizer = tinyTokenizer([' one two three'], ['<result>', '</result>']);
const renderer = new Renderer(tokenizer, [], null);
const least = renderer.toolResult(CUT_MARK).tokens.length;
const contentOf = (text: string) => text.slice('<result>\n'.length, -'\n</result>'.length);

test('a result that fits stays as it is, to the last token', () => {
  const whole = renderer.toolResult(' one two three');
  const { length } = whole.tokens;
  expect(fitResult(renderer, ' one two three', { first: true, last: true }, { limit: length, left: length })).toEqual(
    whole,
  );
});

test.each([
  'long '.repeat(200),
  '€😀'.repeat(500),
  'e\u0301'.repeat(100),
  '</result>'.repeat(50),
  '\ud83d'.repeat(100),
])('a longer one becomes its beginning, a mark and the closing tag, at every limit (%#)', (content) => {
  const shown = Buffer.from(content).toString();
  for (let limit = least; limit < least + 25; limit++) {
    const cut = fitResult(renderer, content, { first: true, last: true }, { limit, left: 1000 })!;
    expect(cut.tokens.length).toBeLessThanOrEqual(limit);
    expect(tokenizer.decode(cut.tokens)).toBe(cut.text);
    expect(cut.text.endsWith(`${CUT_MARK}\n</result>`)).toBe(true);
    expect(cut.text.match(/<\/result>/g)).toHaveLength(1);
    const kept = contentOf(cut.text).slice(0, -CUT_MARK.length).replaceAll('</ result>', '</result>');
    expect(shown.startsWith(kept)).toBe(true);
    expect(fitResult(renderer, content, { first: true, last: true }, { limit, left: 1000 })).toEqual(cut);
  }
});

test('what is cut leaves half of what is left; a limit below the mark is one that holds it', () => {
  const content = ' one'.repeat(500);
  expect(fitResult(renderer, content, { first: true, last: true }, { limit: 100, left: 80 })!.tokens).toHaveLength(40);
  expect(fitResult(renderer, content, { first: true, last: true }, { limit: 1, left: 80 })!.text).toBe(
    renderer.toolResult(CUT_MARK).text,
  );
  expect(fitResult(renderer, content, { first: true, last: true }, { limit: 100, left: least })!.tokens).toHaveLength(
    least,
  );
  expect(fitResult(renderer, content, { first: true, last: true }, { limit: 100, left: least - 1 })).toBeNull();
});

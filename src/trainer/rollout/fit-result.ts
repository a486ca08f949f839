/**
 * Makes a tool's result fit into a response: as it stands where there is room, else its beginning with a mark, between the same tags. Always whole
 * text that the tokenizer encodes as it would any other, so that a cut result looks like one that was as short. Knows no limits of its own.
 */
import { IncrementalDecoder, type Tokenizer } from '../../engine/index.js';
import type { Renderer, ResultPlace, TokenSpan } from '../model/render.js';

/** Stands where the rest of a result was. */
export const CUT_MARK = '…[cut]';

/** What a result may take, in tokens, tags included. */
export interface ResultRoom {
  /** By the run's settings. A limit that cannot hold the mark counts as one that can. */
  limit: number;
  /** Of the response. */
  left: number;
}

/**
 * The result of a tool that answered `content`; null when not even the mark fits into what is left. One that is cut leaves the policy half of what
 * is left, so that a long result alone never ends a response.
 */
export function fitResult(
  renderer: Renderer,
  content: string,
  place: ResultPlace,
  { limit, left }: ResultRoom,
  prefix = '',
): TokenSpan | null {
  const whole = renderer.toolResult(content, place, prefix);
  if (whole.tokens.length <= Math.min(limit, left)) return whole;
  const least = renderer.toolResult(CUT_MARK, place, prefix);
  if (least.tokens.length > left) return null;
  const most = Math.max(Math.min(limit, Math.floor(left / 2)), least.tokens.length);
  return beginningWithin(renderer.tokenizer, content, most, (text) => renderer.toolResult(text, place, prefix));
}

/**
 * What is rendered of as much of the beginning of a text as fits, with the mark behind it; of the mark alone where nothing more does.
 * @param most tokens of what is rendered
 */
export function beginningWithin<Rendered extends Pick<TokenSpan, 'tokens'>>(
  tokenizer: Tokenizer,
  content: string,
  most: number,
  render: (text: string) => Rendered,
): Rendered {
  const least = render(CUT_MARK);
  const content_T = tokenizer.encode(content, { allowSpecial: false });
  // Where text is cut it may be encoded in other tokens than before: as many fewer are kept as were too many.
  for (let keep = most - least.tokens.length; keep > 0;) {
    const cut = render(wholeCharacters(tokenizer, content_T.subarray(0, keep)) + CUT_MARK);
    const excess = cut.tokens.length - most;
    if (excess <= 0) return cut;
    keep -= excess;
  }
  return least;
}

/** A character that the last tokens only begin is left out. */
function wholeCharacters(tokenizer: Tokenizer, tokens: Int32Array): string {
  const decoder = new IncrementalDecoder(tokenizer);
  let text = '';
  for (const token of tokens) text += decoder.push(token);
  return text;
}

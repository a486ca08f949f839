/** Brings an answer in LaTeX into a plain form: without what only lays it out, units and the name of the unknown. Compares nothing. */

const LAYOUT = /\\(?:left|right|displaystyle|bigl?|bigr?|Bigl?|Bigr?)(?![A-Za-z])|\\[!,;: ]|[$~]|\{,\}/g;
/** Behind a number: `5\text{ cm}`, `90^\circ`, `50\%`. */
const UNIT = /(?<=[\d}])\s*(?:\\(?:text|mathrm|mbox)\{[^{}]*\}(?:\^\{?\d\}?)?|\^\{?\\circ\}?|°|\\?%)\s*$/;
const STYLE = /\\(?:text|textbf|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}/g;
const THOUSANDS = /^(-?)(\d{1,3}(?:,\d{3})+)(?=\.\d|$)/;
/** `x = 5`, `f(x) = 5`, `x \in [0, 1]`. */
const NAMED = /^(?:\\?[A-Za-z]+(?:_\{?\w+\}?)?|[A-Za-z]\([A-Za-z]\))\s*(?:=|\\in(?![A-Za-z]))\s*(?=[^=<>]+$)/;

export function tidyLatex(text: string): string {
  let rest = text.replaceAll('\u2212', '-').replace(LAYOUT, (found) => (found === '~' ? ' ' : ''));
  rest = rest.replace(/\\[dtc]frac(?![A-Za-z])/g, String.raw`\frac`).replaceAll(String.raw`\$`, '');
  rest = rest.trim().replace(/\.$/, '').replace(UNIT, '').replace(NAMED, '');
  rest = rest.replace(STYLE, '$1').trim();
  return rest.replace(THOUSANDS, (_, sign: string, digits: string) => sign + digits.replaceAll(',', ''));
}

/** An ordered row, an interval, or a set, whose order says nothing; a single value is a row of one without brackets. */
export interface AnswerParts {
  readonly opens: string;
  readonly closes: string;
  readonly parts: readonly string[];
}

const PAIRS: Readonly<Record<string, readonly string[]>> = {
  '(': [')', ']'],
  '[': [']', ')'],
  [String.raw`\{`]: [String.raw`\}`],
};

/** Takes the outermost brackets off and splits at the commas between no others. */
export function answerParts(text: string): AnswerParts {
  const opens = Object.keys(PAIRS).find((one) => text.startsWith(one)) ?? '';
  const closes = (PAIRS[opens] ?? []).find((one) => text.endsWith(one)) ?? '';
  const inner = closes === '' ? text : text.slice(opens.length, -closes.length);
  const parts = splitAtCommas(inner);
  // (1+2)(3+4) is no row, and a bracket around one value is none either, unless it makes a set.
  const isRow = closes !== '' && parts !== null && (parts.length > 1 || opens.startsWith('\\'));
  if (isRow) return { opens, closes, parts };
  return { opens: '', closes: '', parts: splitAtCommas(text) ?? [text] };
}

/** Null: the brackets do not pair up. */
function splitAtCommas(text: string): string[] | null {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth < 0) return null;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return depth === 0 ? parts.map((part) => part.trim()) : null;
}

/** Whether it is words rather than a formula, in which three letters in a row would be a product. */
export const isWords = (text: string): boolean => /(?<!\\[A-Za-z]*)[A-Za-z]{3}/.test(text) || /\p{Lo}/u.test(text);

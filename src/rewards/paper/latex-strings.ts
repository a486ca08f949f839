/**
 * Whether two LaTeX answers are the same by the string rules of the MATH dataset (arXiv 2103.03874), as the evaluation of ARPO applies them. Only
 * rewrites text: 10/20 is not 1/2 here.
 */

export const sameLatex = (a: string, b: string): boolean => equalsLatex(a)(b);

/** Compares one text with many. A text that the rules cannot parse is compared as it stands. */
export function equalsLatex(a: string): (b: string) => boolean {
  const first = normalisedLatex(a);
  return (b) => {
    const second = normalisedLatex(b);
    return first === null || second === null ? a === b : first === second;
  };
}

/** In the order of the original. Null: the rules cannot parse it. */
function normalisedLatex(text: string): string | null {
  let rest = text
    .replaceAll('\n', '')
    .replaceAll(String.raw`\!`, '')
    .replaceAll('\\\\', '\\');
  rest = rest.replaceAll('tfrac', 'frac').replaceAll('dfrac', 'frac');
  for (const dropped of [
    String.raw`\left`,
    String.raw`\right`,
    String.raw`^{\circ}`,
    String.raw`^\circ`,
    String.raw`\$`,
  ])
    rest = rest.replaceAll(dropped, '');
  const [quantity = '', ...units] = rest.split(String.raw`\text{ `);
  if (units.length > 1) return null;
  rest = quantity
    .replaceAll(String.raw`\%`, '')
    .replaceAll(' .', ' 0.')
    .replaceAll('{.', '{0.');
  if (rest.startsWith('.')) rest = `0${rest}`;
  const [left = '', right, ...more] = rest.split('=');
  if (right !== undefined && more.length === 0 && Array.from(left).length <= 2) rest = right;
  const rooted = bracedRoots(rest);
  const fractioned = rooted === null ? null : bracedFractions(rooted.replaceAll(' ', ''));
  if (fractioned === null) return null;
  return fractioned === '0.5' ? String.raw`\frac{1}{2}` : quotientOfIntegers(fractioned);
}

/** `\sqrt3` as `\sqrt{3}`. */
function bracedRoots(text: string): string | null {
  const [before = '', ...roots] = text.split(String.raw`\sqrt`);
  if (roots.includes('')) return null;
  const braced = roots.map((root) => (root.startsWith('{') ? root : root.replace(/^./su, '{$&}')));
  return [before, ...braced].join(String.raw`\sqrt`);
}

/** `\frac12` as `\frac{1}{2}`, `\frac1{2}` as `\frac{1}{2}`; all stay as they are where one has a single character. */
function bracedFractions(text: string): string | null {
  const [before = '', ...fractions] = text.split(String.raw`\frac`);
  const braced: string[] = [];
  for (const fraction of fractions) {
    if (fraction === '') return null;
    const [numerator, denominator] = Array.from(fraction.slice(0, 4));
    if (numerator === '{') braced.push(fraction);
    else if (denominator === undefined) return text;
    else braced.push(fraction.replace(/^(.)(.)/su, denominator === '{' ? '{$1}$2' : '{$1}{$2}'));
  }
  return [before, ...braced].join(String.raw`\frac`);
}

/** `3/4` as `\frac{3}{4}`; integers of any length, as Python writes them. */
const quotientOfIntegers = (text: string): string =>
  text.replace(/^(0|-?[1-9]\d*)\/(0|-?[1-9]\d*)$/, String.raw`\frac{$1}{$2}`);

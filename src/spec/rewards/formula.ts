/** Arithmetic over named numbers: + - * / ^, brackets, and min, max, abs, floor, ceil, exp, sqrt, log. Reads and computes; names are the caller's. */

export type Formula = (values: Readonly<Record<string, number>>) => number;

export interface ParsedFormula {
  /** Those that it uses, each once. */
  readonly names: readonly string[];
  readonly evaluate: Formula;
}

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  exp: Math.exp,
  sqrt: Math.sqrt,
  log: Math.log,
};
const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_][\w-]*\w|[A-Za-z_])|(\*\*|[-+*/^(),]))/y;
const MAX_DEPTH = 64;

/** @throws {SyntaxError} that says what was expected, and where */
export function parseFormula(text: string): ParsedFormula {
  const names = new Set<string>();
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;
  const next = (): Token | undefined => tokens[at];
  const takes = (...symbols: string[]): string | null => {
    const token = next();
    if (token?.kind !== 'symbol' || !symbols.includes(token.text)) return null;
    at += 1;
    return token.text;
  };
  const expected = (what: string): never => {
    const token = next();
    throw new SyntaxError(token ? `expected ${what} at character ${token.at + 1}` : `expected ${what} at the end`);
  };

  const sum = (): Formula => {
    if ((depth += 1) > MAX_DEPTH) throw new SyntaxError('it has too many brackets');
    let left = product();
    for (let sign = takes('+', '-'); sign !== null; sign = takes('+', '-')) {
      const [a, b, factor] = [left, product(), sign === '+' ? 1 : -1];
      left = (values) => a(values) + factor * b(values);
    }
    depth -= 1;
    return left;
  };
  const product = (): Formula => {
    let left = signed();
    for (let sign = takes('*', '/'); sign !== null; sign = takes('*', '/')) {
      const [a, b, isProduct] = [left, signed(), sign === '*'];
      left = (values) => (isProduct ? a(values) * b(values) : a(values) / b(values));
    }
    return left;
  };
  const signed = (): Formula => {
    if (takes('+')) return signed();
    if (!takes('-')) return power();
    const inner = signed();
    return (values) => -inner(values);
  };
  const power = (): Formula => {
    const base = value();
    if (!takes('^', '**')) return base;
    const exponent = signed();
    return (values) => base(values) ** exponent(values);
  };
  const value = (): Formula => {
    const token = next();
    if (takes('(')) return closed(sum());
    if (token === undefined || token.kind === 'symbol') return expected('a number, a name or a bracket');
    at += 1;
    if (token.kind === 'number') return () => Number(token.text);
    const called = Object.hasOwn(FUNCTIONS, token.text) && takes('(') ? FUNCTIONS[token.text] : undefined;
    if (called) return call(called);
    names.add(token.text);
    return (values) => values[token.text] ?? NaN;
  };
  const call = (called: (...values: number[]) => number): Formula => {
    const given = [sum()];
    while (takes(',')) given.push(sum());
    return closed((values) => called(...given.map((one) => one(values))));
  };
  const closed = (inner: Formula): Formula => (takes(')') ? inner : expected(')'));

  const evaluate = sum();
  if (next()) expected('an operator');
  return { names: [...names], evaluate };
}

interface Token {
  readonly kind: 'number' | 'name' | 'symbol';
  readonly text: string;
  /** From 0. */
  readonly at: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(`character ${from + 1} belongs to no formula`);
    const [, number, name, symbol] = found;
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'symbol';
    const token = number ?? name ?? symbol ?? '';
    tokens.push({ kind, text: token, at: TOKEN.lastIndex - token.length });
  }
  return tokens;
}

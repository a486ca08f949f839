/**
 * Shapes whose sizes may be symbols: a dimension is a number, or a canonical product such as `3*L` or sum such as `L+P` of names that are bound
 * when a graph runs. Two dimensions are equal iff they are written equally.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** Product of dimensions in canonical form: coefficient first, then the names in order. */
export function times(...dims: Dim[]): Dim {
  let coefficient = 1;
  const names: string[] = [];
  for (const dim of dims) {
    for (const factor of isSum(dim) ? [`(${dim})`] : String(dim).split('*')) {
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else names.push(factor);
    }
  }
  if (names.length === 0) return coefficient;
  names.sort();
  return [...(coefficient === 1 ? [] : [String(coefficient)]), ...names].join('*');
}

const isSum = (dim: Dim): boolean => String(dim).includes('+');

/** Sum of dimensions in canonical form. */
export function plus(a: Dim, b: Dim): Dim {
  const terms = [a, b].flatMap((dim) => String(dim).split('+'));
  const known = terms.filter((term) => /^\d+$/.test(term)).reduce((sum, term) => sum + Number(term), 0);
  const names = terms.filter((term) => !/^\d+$/.test(term)).sort();
  if (names.length === 0) return known;
  return [...(known === 0 ? [] : [String(known)]), ...names].join('+');
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** NumPy broadcasting; null when the shapes do not fit together. */
export function broadcast(a: Shape, b: Shape): Dim[] | null {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    out.push(x === 1 ? y : x);
  }
  return out;
}

export function printShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

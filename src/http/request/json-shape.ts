/** Bounds what is checked any further of JSON that somebody has sent: how deep it is nested, how many values it has, and that no field is given twice. */
import { AppError } from '../../errors/app-error.js';
import { countNames, repeatedField } from '../../store/repeated-field.js';
import { refuseReserved } from './reserved-names.js';

/** Nothing that the API takes is nested more than ten deep, but the limit need not be close. */
const MAX_DEPTH = 64;
const MAX_VALUES = 20_000;

/**
 * @param json the text that the value was read from
 * @param path the field that holds the value; empty for the request as a whole
 * @throws {AppError} INVALID_REQUEST
 */
export function checkShape(json: string, value: unknown, path: string): void {
  let values = 0;
  let names = 0;
  const waiting: [value: unknown, depth: number][] = [[value, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [current, depth] = next;
    if (typeof current !== 'object' || current === null) continue;
    if (depth === MAX_DEPTH)
      throw AppError.invalid(path, `the JSON is nested more than ${MAX_DEPTH} deep: make it flatter`);
    if (!Array.isArray(current)) {
      for (const name of Object.keys(current)) refuseReserved(name);
      names += Object.keys(current).length;
    }
    const inner: unknown[] = Object.values(current);
    values += inner.length;
    if (values > MAX_VALUES) throw AppError.invalid(path, `the JSON has more than ${MAX_VALUES} values: send fewer`);
    for (const one of inner) waiting.push([one, depth + 1]);
  }
  // Most texts have as many names as values have fields, and need no closer look.
  const repeated = names === countNames(json) ? null : repeatedField(json);
  if (repeated !== null) {
    throw AppError.invalid([path, repeated].filter((part) => part !== '').join('.'), 'is given twice: give it once');
  }
}

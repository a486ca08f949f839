/**
 * One row's JSON as values, with nothing in it changed on the way: `JSON.parse` alone rounds long numbers, makes 1e400 infinite, and keeps
 * the last of two fields of one name without a word.
 */
import { countNames, endOfText, repeatedField } from '../repeated-field.js';
import { isStorable } from '../storable-text.js';
import { isObject, type Row } from './fields.js';
import { RowError } from './source-row.js';

const MAX_DEPTH = 100;
/** Characters of a number; the longest double, written out, has fewer. */
const MAX_NUMBER_LENGTH = 400;

/** What might be a number that a double cannot hold. Also finds such digits in texts, which costs a closer look. */
const LONG_NUMBER = /[\d.]{16}|\d[eE][+-]?\d{2}/;
const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * The row. A number that a double cannot hold becomes the text of its digits.
 * @throws {RowError} saying why it is none
 */
export function parseRow(text: string): Row {
  const row = parse(text);
  if (!isObject(row)) throw new RowError('not a JSON object');
  if (checkedNames(row, 1) !== countNames(text)) {
    const repeated = repeatedField(text);
    if (repeated !== null) throw new RowError(`${repeated}: is given twice in one object`);
  }
  return LONG_NUMBER.test(text) ? (JSON.parse(exactly(text)) as Row) : row;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RowError(`not valid JSON: ${(error as Error).message}${remedy(text)}`);
  }
}

function remedy(text: string): string {
  if (text.endsWith('},')) return '; if a comma follows each row, leave it out, or put all rows between [ and ]';
  if (text.startsWith('{') && !text.endsWith('}')) {
    return '; if the row goes on in the next line, write each row on one line (`jq -c . FILE`), or send one JSON array';
  }
  return '';
}

/** Names of fields in the value, at any depth, having checked that all of it can be stored. */
function checkedNames(value: unknown, depth: number): number {
  if (typeof value === 'string') {
    if (!isStorable(value)) throw new RowError('contains U+0000 or half of a surrogate pair');
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) throw new RowError(`nested more than ${MAX_DEPTH} levels deep`);
  let names = 0;
  if (Array.isArray(value)) {
    for (const one of value) names += checkedNames(one, depth + 1);
  } else {
    for (const [name, one] of Object.entries(value))
      names += 1 + checkedNames(name, depth) + checkedNames(one, depth + 1);
  }
  return names;
}

/** The same JSON with quotes around the numbers that a double cannot hold. */
function exactly(json: string): string {
  let result = '';
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === '"') at = endOfText(json, at);
    else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = at;
      const [number = character] = NUMBER.exec(json) ?? [];
      if (!isExact(number)) {
        result += `${json.slice(copied, at)}"${number}"`;
        copied = at + number.length;
      }
      at += number.length - 1;
    }
  }
  return result + json.slice(copied);
}

/** Whether the number comes out of a double with the digits with which it went in. */
function isExact(number: string): boolean {
  return number.length <= MAX_NUMBER_LENGTH && decimal(number) === decimal(String(Number(number)));
}

/** The number without the choices in how it is written: 100, 1e2 and 100.0 are one. */
function decimal(number: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number);
  if (!match) return number;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

import { expect, test } from 'vitest';
import { parseRow } from './parse-row.js';

test.each([
  ['{"a":1234567890123456789}', { a: '1234567890123456789' }],
  [
    '{"a":9007199254740991,"b":9007199254740993,"c":-9007199254740993}',
    { a: 2 ** 53 - 1, b: '9007199254740993', c: '-9007199254740993' },
  ],
  ['{"a":[1e400,-1e400,1e-400,1e308]}', { a: ['1e400', '-1e400', '1e-400', 1e308] }],
  ['{"a":3.14159265358979323846}', { a: '3.14159265358979323846' }],
  [
    '{"a":0.1,"b":1e-05,"c":0.30000000000000004,"d":1E+21,"e":1.50}',
    { a: 0.1, b: 1e-5, c: 0.1 + 0.2, d: 1e21, e: 1.5 },
  ],
  [
    '{"a":"1234567890123456789: \\"x\\": 1e400","b":{"c":12345678901234567890}}',
    { a: '1234567890123456789: "x": 1e400', b: { c: '12345678901234567890' } },
  ],
  ['{"a\\\\":12345678901234567890}', { 'a\\': '12345678901234567890' }],
  [`{"a":${'9'.repeat(500)}}`, { a: '9'.repeat(500) }],
  ['{"a":{"x":1},"b":{"x":2},"c":[{"x":3},{"x":4}]}', { a: { x: 1 }, b: { x: 2 }, c: [{ x: 3 }, { x: 4 }] }],
])('%s keeps every digit', (json, row) => {
  expect(parseRow(json)).toEqual(row);
});

test('a field called __proto__ is a field', () => {
  const row = parseRow('{"__proto__":{"a":12345678901234567890}}');
  expect(Object.entries(row)).toEqual([['__proto__', { a: '12345678901234567890' }]]);
});

const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

test.each([
  ['[1]', 'not a JSON object'],
  ['{"a":1,"a":1}', 'a: is given twice in one object'],
  ['{"a" : 1, "b": [{"c": "\\"x\\":", "\\u0063" : 2}]}', 'c: is given twice in one object'],
  ['{"a":"\\u0000"}', 'contains U+0000 or half of a surrogate pair'],
  ['{"a":[{"\\ud800":1}]}', 'contains U+0000 or half of a surrogate pair'],
  [nested(101), 'nested more than 100 levels deep'],
  [nested(100_000), 'nested more than 100 levels deep'],
  ['{"a":NaN}', 'not valid JSON: '],
  ['{"a":1},', 'if a comma follows each row, leave it out, or put all rows between [ and ]'],
  ['{', 'write each row on one line (`jq -c . FILE`), or send one JSON array'],
])('%.40s is refused with its reason', (json, reason) => {
  expect(() => parseRow(json)).toThrow(reason);
});

test('a row of a hundred levels is read', () => {
  expect(parseRow(nested(100))).toHaveProperty('a');
});

test('a long row full of digits, quotes and escapes takes no time to speak of', () => {
  const text = '\\\\\\"'.repeat(1_000_000);
  expect(parseRow(`{"a":"${text}","b":${'0'.repeat(1)}.${'0'.repeat(1_000_000)}1}`)).toMatchObject({
    b: `0.${'0'.repeat(1_000_000)}1`,
  });
}, 5000);

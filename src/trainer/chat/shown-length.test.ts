import { expect, test } from 'vitest';
import { shownLength } from './shown-length.js';

const nothing = { openers: [], stops: [], objects: false };

test.each([
  ['all of a text', 'a b', nothing, 'a b'],
  ['nothing that may become a stop', 'one\nEN', { ...nothing, stops: ['END', '\nEND'] }, 'one'],
  ['what has turned out to be no stop', 'one\nENx', { ...nothing, stops: ['\nEND'] }, 'one\nENx'],
  ['nothing of a call', 'see <tool_call>{"a', { ...nothing, openers: ['<tool_call>'] }, 'see'],
  ['nothing that may become a call', 'see <tool', { ...nothing, openers: ['<tool_call>'] }, 'see'],
  ['nothing of an object that is a call', ' {"name"', { ...nothing, objects: true }, ''],
  ['a text that is no object', 'It {', { ...nothing, objects: true }, 'It {'],
])('%s is shown', (_, text, held, shown) => {
  expect(text.slice(0, shownLength(text, held))).toBe(shown);
});

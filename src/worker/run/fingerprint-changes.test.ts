import { expect, test } from 'vitest';
import { fingerprintChanges } from './fingerprint-changes.js';

const now = { node: '20.20.0', cpu: 'new', threads: '2' };

test('the same machine has not changed, whatever else its manifest says', () => {
  expect(fingerprintChanges({ ...now, attempt: 1, inputs: {} }, now)).toEqual([]);
});

test('what differs is named, and what was not known is not', () => {
  expect(fingerprintChanges({ node: '20.20.0', cpu: 'old' }, now)).toEqual(['cpu was old and is new']);
  expect(fingerprintChanges({}, now)).toEqual([]);
});

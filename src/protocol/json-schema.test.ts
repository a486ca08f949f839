import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { protocolSchema } from './json-schema.js';

/** As it is committed, which is what the author of another trainer has. */
const published = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi/protocol.json'), 'utf8'));

describe('the published schema of the protocol', () => {
  const schema = z.fromJSONSchema(published);
  const accepts = (message: unknown) => schema.safeParse(message).success;

  test('is that of this version', () => {
    expect(published).toEqual(protocolSchema());
  });

  test.each([
    { type: 'hello', version: 1, capabilities: ['train', 'method:arpo'], fingerprint: { node: 'v20' } },
    { type: 'phase', phase: 'rollout', step: 1, steps: 10, fraction: null },
    { type: 'failed', code: 'policy_diverged', message: 'lower optimizer.learning_rate' },
    { type: 'ack', number: 3 },
  ])('takes $type', (message) => {
    expect(accepts(message)).toBe(true);
  });

  test.each([
    ['a phase', { type: 'phase', phase: 'resting', step: 1, steps: 10, fraction: null }],
    ['a code', { type: 'failed', code: 'tired', message: 'it is late' }],
    ['a message', { type: 'greeting' }],
  ])('refuses %s that is none', (_, message) => {
    expect(accepts(message)).toBe(false);
  });

  test('names the arrays of the messages that have some', () => {
    const said = published.$defs.TrainerMessage.oneOf as {
      properties: { type: { const: string } };
      description?: string;
    }[];
    const withArrays = said.filter(({ description }) => description?.startsWith('Arrays'));
    expect(withArrays.map(({ properties }) => properties.type.const)).toEqual(['tree', 'step']);
  });
});

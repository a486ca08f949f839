import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { readDatasetFields } from './dataset-fields.js';

function refused(texts: Record<string, string>): AppError {
  try {
    readDatasetFields(texts);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('was accepted');
}

test('objects may be JSON or single pairs', () => {
  const fields = readDatasetFields({
    kind: 'rl',
    mapping: '{"answer":"target"}',
    'metadata[team]': 'a',
    'metadata[x]': 'b',
  });
  expect(fields).toEqual({
    kind: 'rl',
    format: 'auto',
    mapping: { answer: 'target' },
    metadata: { team: 'a', x: 'b' },
  });
});

test.each([
  [{}, 'kind'],
  [{ kind: 'rl', purpose: 'x' }, 'purpose'],
  [{ kind: 'rl', mapping: '{' }, 'mapping'],
  [{ kind: 'rl', mapping: '{"answer":1}' }, 'mapping.answer'],
  [{ kind: 'rl', name: 'a\0b' }, 'name'],
  [{ kind: 'corpus', mapping: '{"answer":"x"}' }, 'mapping.answer'],
])('the form %j is refused for its field %s', (texts, param) => {
  expect(refused(texts)).toMatchObject({ code: 'INVALID_REQUEST', param });
});

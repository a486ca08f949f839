import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSpec } from './spec-file.js';

let folder: string;
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bough-spec-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a spec is YAML or JSON, and single fields of it are changed', () => {
  const yaml = file('spec.yaml', 'method: arpo\ntools:\n  - type: python\ntraining: { steps: 100, epochs: 1 }\n');
  expect(readSpec(yaml, ['training.steps=5', 'rollout.group_size=4', 'evaluation=null', 'name=a b'])).toEqual({
    method: 'arpo',
    name: 'a b',
    tools: [{ type: 'python' }],
    training: { steps: 5, epochs: 1 },
    rollout: { group_size: 4 },
    evaluation: null,
  });
  expect(readSpec(file('spec.json', '{"method": "sft"}'), [])).toEqual({ method: 'sft' });
});

test.each([
  ['absent.yaml', null, 'cannot be read'],
  ['broken.yaml', '{', 'cannot be read'],
  ['list.yaml', '- 1', 'holds no spec'],
])('%s is refused with what is wrong', (name, text, words) => {
  const path = text === null ? join(folder, name) : file(name, text);
  expect(() => readSpec(path, [])).toThrow(words);
});

test('a change without a value is refused with an example', () => {
  expect(() => readSpec(file('spec.yaml', 'method: arpo'), ['training.steps'])).toThrow('as in training.steps=100');
});

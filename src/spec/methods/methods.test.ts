import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { METHODS } from './index.js';
import { methodsMarkdown, withMethods } from './markdown.js';
import { POLICY_DEFAULTS, policyMethod } from './policy.js';
import { runSpecsOf } from './run-specs.js';

const root = join(import.meta.dirname, '../../..');
const posted = { model: 'mdl_1', dataset: 'ds_1' };

describe('a method that is added to the table', () => {
  const toy = policyMethod({
    name: 'toy',
    title: 'TOY, Test Only',
    summary: 'Learns what a test wants.',
    arxiv: '2601.00001',
    defaults: { ...POLICY_DEFAULTS, training: { ...POLICY_DEFAULTS.training, clip_high: 0.28 } },
    forks: false,
  });
  const specs = runSpecsOf([...METHODS, toy]);
  const input = { method: 'toy', ...posted, rollout: { group_size: 6 } };

  test('is accepted, its fields are checked, and what it ignores is refused', () => {
    expect(specs.input.parse(input)).toEqual(input);
    expect(specs.input.safeParse({ ...input, rollout: { size: 6 } }).success).toBe(false);
    expect(specs.methodNamed('toy').ignored(input)).toEqual([]);
    expect(specs.methodNamed('toy').ignored({ ...input, rollout: { threshold: 0.5 } })).toEqual([
      { path: 'rollout.threshold', message: 'toy does not fork; remove it, or use method arpo' },
    ]);
  });

  test('is resolved to a spec with its own defaults, which the stored schema takes', () => {
    const method = specs.methodNamed('toy');
    const spec = method.resolve(input);
    expect(spec).toMatchObject({
      method: 'toy',
      rollout: { initial: 6 },
      training: { clip_high: 0.28, clip_low: 0.2 },
    });
    expect(specs.resolved.parse(spec)).toEqual(spec);
    expect(method.problems(spec)).toEqual([]);
    expect(method.warnings(spec)).toEqual([]);
  });

  test('is among the choices where another is refused, and in both documents', () => {
    expect(() => specs.methodNamed('ppo')).toThrow('there is no method ppo: use arpo, aepo, grpo');
    expect(() => specs.methodNamed('ppo')).toThrow('dpo or toy');
    expect(methodsMarkdown([toy])).toContain(
      '| `toy` | Learns what a test wants. | [2601.00001](https://arxiv.org/abs/2601.00001) |',
    );
    expect(JSON.stringify(z.toJSONSchema(specs.input))).toContain('"description":"Learns what a test wants."');
  });
});

test.each(METHODS)('$name fills in a spec that its schema takes and that can run', ({ name }) => {
  const method = runSpecsOf(METHODS).methodNamed(name);
  const spec = method.resolve(method.input.parse({ method: name, ...posted }));
  expect(method.resolved.parse(spec)).toEqual(spec);
  expect(method.problems(spec)).toEqual([]);
  // What is answered can be posted again, and comes out the same.
  const again = method.input.parse(spec);
  expect(method.ignored(again)).toEqual([]);
  expect(method.resolve(again)).toEqual(spec);
});

test('deferred branching refuses what only draws of forks use', () => {
  const paths = (rollout: object) =>
    runSpecsOf(METHODS)
      .methodNamed('arpo')
      .ignored({ method: 'arpo', ...posted, rollout })
      .map(({ path }) => path);
  expect(paths({ branching: 'deferred', threshold: 0.5, initial: 4 })).toEqual(['rollout.threshold']);
  expect(paths({ branching: 'immediate', threshold: 0.5, initial: 4 })).toEqual([]);
});

test("the documentation's table is what the rows say", () => {
  const page = readFileSync(join(root, 'docs/training.md'), 'utf8');
  expect(withMethods(page, METHODS)).toBe(page);
  expect(() => withMethods('# Bough', METHODS)).toThrow('<!-- methods -->');
});

test('nothing but the table asks which method a run has', () => {
  const names = METHODS.map(({ name }) => name.replaceAll('+', String.raw`\+`)).join('|');
  const asks = new RegExp(
    String.raw`\bmethod\s*[!=]==(?!\s*'[A-Z]+')|switch \([^)]*\bmethod\)|\bmethod (=|<>|!=|IN) \(?'(${names})'`,
  );
  expect('if (spec.method === other)').toMatch(asks);
  expect("WHERE runs.method = 'sft'").toMatch(asks);
  expect("request.method !== 'HEAD'").not.toMatch(asks);
  const found: string[] = [];
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const lines = readFileSync(join(root, 'src', file), 'utf8').split('\n');
    lines.forEach((line, i) => asks.test(line) && found.push(`${file}:${i + 1}: ${line.trim()}`));
  }
  expect(found).toEqual([]);
});

describe('the schema of runs', () => {
  const specs = runSpecsOf(METHODS);

  test.each(['input', 'resolved'] as const)('names every part of %s specs, so that methods share it', (form) => {
    const schema = z.toJSONSchema(specs[form], { io: 'input' });
    const writtenOut = Object.entries(schema.$defs ?? {})
      .filter(([name]) => name.endsWith('RunSpec'))
      .flatMap(([name, { properties }]) =>
        Object.entries(properties ?? {})
          .filter(([, part]) => JSON.stringify(part).includes('"properties"'))
          .map(([field]) => `${name}.${field}`),
      );
    expect(Object.keys(schema.$defs ?? {})).toContain(form === 'input' ? 'DrGrpoRunSpec' : 'ResolvedDrGrpoRunSpec');
    expect(writtenOut).toEqual([]);
  });
});

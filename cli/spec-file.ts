/** The spec of a run from a file, and single fields of it from the command line. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { RunSpec } from '../openapi/client.js';
import { UsageError } from './exit-code.js';

/**
 * YAML, of which JSON is a part; `-` is the standard input.
 * @param changes `training.steps=100`: the path of a field and its value, as YAML
 * @throws {UsageError} when the file is not there or holds something else; the service checks what is in it
 */
export function readSpec(file: string, changes: readonly string[]): RunSpec {
  const spec = readYaml(file);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new UsageError(`${file} holds no spec: give an object with method, model and dataset`);
  }
  for (const change of changes) {
    const [, path, text] = /^([\w.]+)=(.*)$/s.exec(change) ?? [];
    if (path === undefined || text === undefined) {
      throw new UsageError(`--set ${change}: give a field and its value, as in training.steps=100`);
    }
    setField(spec as Record<string, unknown>, path.split('.'), parse(text));
  }
  return spec as RunSpec;
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function setField(object: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    object[name] = value;
    return;
  }
  const inner = object[name];
  const given = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  object[name] = given;
  setField(given, rest, value);
}

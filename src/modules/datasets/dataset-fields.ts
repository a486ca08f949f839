/** The fields of an upload's form, read and checked: objects arrive as JSON text, or as `metadata[team]`. */
import { AppError } from '../../errors/app-error.js';
import { problemsOf, unstorableTexts } from '../../http/problems.js';
import { FIELD_NAMES } from '../../store/datasets/normalise.js';
import { DatasetFields } from './dataset.schema.js';

const OBJECTS = ['mapping', 'metadata'];

/** @throws {AppError} naming every bad field */
export function readDatasetFields(texts: Readonly<Record<string, string>>): DatasetFields {
  const { success, data, error } = DatasetFields.safeParse(assemble(texts));
  const bad = success ? unstorableTexts(data) : problemsOf(error.issues);
  if (!success || bad.length > 0) throw new AppError('INVALID_REQUEST', { problems: bad });
  if (data.format === 'parquet' || data.format === 'csv') {
    throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The format ${data.format}`, param: 'format' });
  }
  const names = FIELD_NAMES[data.kind];
  const problems = Object.keys(data.mapping)
    .filter((name) => !names.includes(name))
    .map((name) => ({ path: `mapping.${name}`, message: `unknown field; kind ${data.kind} has ${names.join(', ')}` }));
  if (problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
  return data;
}

function assemble(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    const [, object, key] = /^(\w+)\[([^\]]+)\]$/.exec(name) ?? [];
    if (object !== undefined && key !== undefined && OBJECTS.includes(object)) {
      fields[object] = { ...(fields[object] as object | undefined), [key]: text };
    } else if (OBJECTS.includes(name)) {
      fields[name] = json(name, text);
    } else {
      fields[name] = text;
    }
  }
  return fields;
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw AppError.invalid(name, 'must be a JSON object');
  }
}

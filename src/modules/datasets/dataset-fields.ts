/** The fields of a dataset's form, read and checked. */
import { AppError } from '../../errors/app-error.js';
import { readForm } from '../../http/request/form-fields.js';
import { DATASET_KINDS } from '../../spec/enums.js';
import { FIELD_NAMES } from '../../store/datasets/normalise.js';
import { DatasetFields } from './dataset.schema.js';

const OBJECTS = ['mapping', 'metadata'];

/** @throws {AppError} naming every bad field */
export function readDatasetFields(texts: Readonly<Record<string, string>>): DatasetFields {
  if (texts['kind'] === undefined) {
    throw AppError.invalid(
      'kind',
      `is required: one of ${DATASET_KINDS.join(', ')}, as a field of the form or in the query, as in ?kind=rl`,
    );
  }
  const data = readForm(texts, DatasetFields, OBJECTS);
  const names = FIELD_NAMES[data.kind];
  const problems = Object.keys(data.mapping)
    .filter((name) => !names.includes(name))
    .map((name) => ({ path: `mapping.${name}`, message: `unknown field; kind ${data.kind} has ${names.join(', ')}` }));
  if (problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
  return data;
}

/** The steps of a part of a tokenizer.json, rewritten by a table that has a row for each type that is supported. Not what the steps do. */
import { ModelFormatError } from '../format-error.js';
import type { Json } from './read-json.js';

export type StepTable = Readonly<Record<string, (step: Json) => Json[]>>;

/** The steps of a Sequence, which `part` names `list`. Throws ModelFormatError where there is no list. */
export function stepsIn(sequence: Json, list: string): Json[] {
  const steps = sequence[list];
  const isList = Array.isArray(steps) && steps.every((step) => typeof step === 'object' && step !== null);
  if (isList) return steps as Json[];
  throw new ModelFormatError(`tokenizer.json: "${list}" of a Sequence must be a list of steps`);
}

/** What takes the place of a step, of a Sequence that of each of its steps. Throws ModelFormatError naming a type that has no row. */
export function mendSteps(step: Json, names: { part: string; list: string }, table: StepTable): Json[] {
  const { part, list } = names;
  const { type } = step;
  if (type === 'Sequence') return stepsIn(step, list).flatMap((inner) => mendSteps(inner, names, table));
  const mend = typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined;
  if (mend) return mend(step);
  throw new ModelFormatError(
    `tokenizer.json: "${part}" of type ${JSON.stringify(type)} is not supported in a byte-level BPE, only Sequence, ${Object.keys(table).join(', ')}`,
  );
}

/** A field of a step that is a text. Throws ModelFormatError where it is none. */
export function textOf(step: Json, field: string): string {
  const text = step[field];
  if (typeof text === 'string') return text;
  throw new ModelFormatError(`tokenizer.json: "${field}" of a step ${String(step['type'])} must be a text`);
}

/** What a step looks for: a regular expression of Oniguruma, or a text. Throws ModelFormatError where it is neither. */
export function patternOf(step: Json): { Regex: string } | { String: string } {
  const { Regex: regex, String: text } = (step['pattern'] ?? {}) as Json;
  if (typeof regex === 'string') return { Regex: regex };
  if (typeof text === 'string') return { String: text };
  throw new ModelFormatError(
    `tokenizer.json: "pattern" of a step ${String(step['type'])} must have a "Regex" or a "String"`,
  );
}

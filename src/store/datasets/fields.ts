/** Reads fields of an uploaded row, under the names that its owner gave them. */
import type { FieldMapping } from '../shapes.js';
import { RowError } from './source-row.js';

/** Names of a row's fields that a refusal lists. */
const SHOWN_FIELDS = 8;

export type Row = Readonly<Record<string, unknown>>;

/** A field that a row has, by its user's name. */
export interface Field {
  readonly name: string;
  readonly value: unknown;
}

/** Finds fields by our name, through the mapping, and remembers which were used. */
export class Fields {
  private readonly used = new Set<string>();

  constructor(
    private readonly row: Row,
    private readonly mapping: FieldMapping,
  ) {}

  /** The value of the first of these names that the row has, with the user's name of it; null values count as absent. */
  first(names: readonly string[]): Field | null {
    for (const ours of names) {
      const name = this.mapping[ours] ?? ours;
      const value = this.at(name);
      if (value === undefined || value === null) continue;
      this.used.add(Object.hasOwn(this.row, name) ? name : (name.split('.', 1)[0] ?? name));
      return { name, value };
    }
    return null;
  }

  /** Whether the row has a field by this name of ours. */
  has(ours: string): boolean {
    return (this.at(this.mapping[ours] ?? ours) ?? null) !== null;
  }

  /** Refuses a row that has none of the fields that it needs, naming those that it has instead. */
  missing(ours: string, others: readonly string[] = []): never {
    const or = others.length > 0 ? ` (or ${others.join(', or ')})` : '';
    const unused = Object.keys(this.rest())
      .filter((name) => name !== 'metadata')
      .slice(0, SHOWN_FIELDS);
    const remedy =
      unused.length > 0
        ? `; the row has ${unused.join(', ')}: if one of them is it, say so with mapping {${JSON.stringify(ours)}: ${JSON.stringify(unused[0])}}`
        : '';
    throw new RowError(`${this.mapping[ours] ?? ours}: is missing${or}${remedy}`);
  }

  /** What nobody asked for, so that nothing of the user's is lost. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.row).filter(([name]) => !this.used.has(name)));
  }

  /** `a.b` is the field `a.b`, or `b` of the object `a`. */
  private at(name: string): unknown {
    if (Object.hasOwn(this.row, name)) return this.row[name];
    return name
      .split('.')
      .reduce<unknown>(
        (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
        this.row,
      );
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as text. @throws {RowError} naming the field */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new RowError(`${name}: must be a string`);
  if (value.trim() === '') throw new RowError(`${name}: is empty`);
  return value;
}

/** The field `metadata`, and all fields that mean nothing to Bough. */
export function metadataOf(fields: Fields): Record<string, unknown> {
  const given = fields.first(['metadata']);
  if (!given) return fields.rest();
  if (!isObject(given.value)) throw new RowError(`${given.name}: must be an object`);
  return { ...fields.rest(), ...given.value };
}

/** Column options that several entities share. */
import type { ColumnOptions } from 'typeorm';

/** A bigint read as a number: counts and sizes stay far below 2^53. */
export const bigint = {
  type: 'bigint',
  transformer: {
    to: (value: unknown) => value,
    from: (value: string | null) => (value === null ? null : Number(value)),
  },
} as const satisfies ColumnOptions;

export const timestamp = { type: 'timestamptz' } as const satisfies ColumnOptions;

/** Set by PostgreSQL's clock when the row is inserted. */
export const createdAt = { type: 'timestamptz', default: () => 'clock_timestamp()' } as const satisfies ColumnOptions;

export const emptyObject = { type: 'jsonb', default: () => `'{}'` } as const satisfies ColumnOptions;
export const emptyList = { type: 'jsonb', default: () => `'[]'` } as const satisfies ColumnOptions;

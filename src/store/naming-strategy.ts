/** Names in PostgreSQL: columns are the properties in snake_case, constraints say their table and columns. */
import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';

function snake(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function named(kind: string, table: Table | string, columns: readonly string[]): string {
  const name = (typeof table === 'string' ? table : table.name).split('.').at(-1);
  return [kind, name, ...columns].join('_').slice(0, 63);
}

export class SnakeNamingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return snake([...prefixes, custom ?? property].join('_'));
  }
  override primaryKeyName(table: Table | string): string {
    return named('pk', table, []);
  }
  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return named('uq', table, columns);
  }
  override foreignKeyName(table: Table | string, columns: string[]): string {
    return named('fk', table, columns);
  }
  override indexName(table: Table | string, columns: string[]): string {
    return named('ix', table, columns);
  }
}

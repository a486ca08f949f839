/** Reads a JSON object from a file, with errors that name the file. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ModelFormatError } from '../format-error.js';

export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws ModelFormatError if the file is missing, cannot be read or does not hold a JSON object. */
export async function readJson(path: string): Promise<Json> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT' ? `${dirname(path)}: ${basename(path)} is missing` : `${path}: cannot be read (${code})`;
    throw new ModelFormatError(message, { cause: error });
  }
  if (text.trim() === '') throw new ModelFormatError(`${path}: is empty: bring the file again`);
  try {
    const json: unknown = JSON.parse(text);
    if (isJson(json)) return json;
  } catch (error) {
    throw new ModelFormatError(`${path}: is not JSON: bring the file again`, { cause: error });
  }
  throw new ModelFormatError(`${path}: is not a JSON object`);
}

/** The same of the file `name` in a directory, or null where there is none. */
export async function readJsonIfThere(directory: string, name: string): Promise<Json | null> {
  return (await readdir(directory)).includes(name) ? readJson(join(directory, name)) : null;
}

/** Reads a JSON object from a file, with errors that name the file. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelFormatError } from './format-error.js';

export type Json = Record<string, unknown>;

/** Throws ModelFormatError if the file cannot be read or does not hold a JSON object. */
export async function readJson(path: string): Promise<Json> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ModelFormatError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  } catch (error) {
    throw new ModelFormatError(`${path}: is not JSON`, { cause: error });
  }
  throw new ModelFormatError(`${path}: is not a JSON object`);
}

/** The same of the file `name` in a directory, or null where there is none. */
export async function readJsonIfThere(directory: string, name: string): Promise<Json | null> {
  return (await readdir(directory)).includes(name) ? readJson(join(directory, name)) : null;
}

/** The key of projects' secrets on one machine: made at the first start, and kept where the owner of the data folder alone can read it. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataFolder } from './data-folder.js';

/** 32 bytes in base64. */
export function secretsKey({ secretsKeyFile: file }: DataFolder): string {
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return readFileSync(file, 'utf8').trim();
}

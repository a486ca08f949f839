import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolder } from './data-folder.js';
import { secretsKey } from './secrets-key.js';

test('the key is made once, and only its owner can read it', () => {
  const path = mkdtempSync(join(tmpdir(), 'bough-key-'));
  try {
    const folder = new DataFolder(path);
    const key = secretsKey(folder);
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(secretsKey(folder)).toBe(key);
    expect(statSync(folder.secretsKeyFile).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(path, { recursive: true });
  }
});

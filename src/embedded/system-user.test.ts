import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockingFolder, postgresIdentity } from './system-user.js';

const isRoot = process.getuid?.() === 0;
const stranger = { uid: 54_321, gid: 54_321 };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bough-user-'));
  chmodSync(root, 0o755);
});

afterEach(() => rmSync(root, { recursive: true }));

describe('the way to a folder', () => {
  test('is open where everybody may pass', () => {
    mkdirSync(join(root, 'a/b'), { recursive: true, mode: 0o755 });
    expect(blockingFolder(join(root, 'a/b/not-there-yet'), stranger)).toBeUndefined();
  });

  test('is blocked by the first folder that is private to somebody else', () => {
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    chmodSync(join(root, 'a'), 0o700);
    chmodSync(join(root, 'a/b'), 0o700);
    expect(blockingFolder(join(root, 'a/b/c'), stranger)).toBe(join(root, 'a'));
  });

  test.runIf(isRoot)('is open for the owner and for the group that may pass', () => {
    mkdirSync(join(root, 'owned'));
    chmodSync(join(root, 'owned'), 0o700);
    chownSync(join(root, 'owned'), stranger.uid, 0);
    mkdirSync(join(root, 'owned/shared'));
    chmodSync(join(root, 'owned/shared'), 0o710);
    chownSync(join(root, 'owned/shared'), 0, stranger.gid);
    expect(blockingFolder(join(root, 'owned/shared'), stranger)).toBeUndefined();
  });
});

describe('PostgreSQL', () => {
  test.runIf(!isRoot)('runs as the user who starts it', () => {
    expect(postgresIdentity(join(root, 'postgres'))).toBeUndefined();
  });

  test.runIf(isRoot)('never runs as root', () => {
    expect(postgresIdentity(join(root, 'postgres'))?.uid).toBeGreaterThan(0);
  });

  test.runIf(isRoot)('runs as the owner of the data that is there', () => {
    mkdirSync(join(root, 'postgres'));
    chownSync(join(root, 'postgres'), stranger.uid, stranger.gid);
    expect(postgresIdentity(join(root, 'postgres'))).toEqual(stranger);
  });
});

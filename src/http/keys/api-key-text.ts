/** The text of an API key, and what is kept of it. */
import { hash, randomBytes } from 'node:crypto';

export const KEY_PREFIX = 'bgh_';

/** 192 random bits, so that a plain sha256 of the key is enough to store. */
export function newKeyText(): string {
  return KEY_PREFIX + randomBytes(24).toString('base64url');
}

const ROLLOUT_KEY_PREFIX = 'bghr_';

/** Of an agent that is outside: with it one rollout is answered, and nothing else. */
export function newRolloutKeyText(): string {
  return ROLLOUT_KEY_PREFIX + randomBytes(24).toString('base64url');
}

export function isRolloutKey(key: string): boolean {
  return key.startsWith(ROLLOUT_KEY_PREFIX);
}

/** Hex sha256: the only form in which a key is stored. */
export function hashKey(key: string): string {
  return hash('sha256', key);
}

/** The beginning of a key, shown in lists to recognise it by. */
export function shownPrefix(key: string): string {
  return `${key.slice(0, KEY_PREFIX.length + 6)}…`;
}

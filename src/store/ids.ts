/**
 * Object ids: a prefix that says the kind, and a UUIDv7 in 26 lower-case characters (Crockford base32), so that ids sort by their time of
 * creation under every collation.
 */
import { v7 } from 'uuid';

/** The kinds of id and their prefixes. */
export const ID_PREFIXES = {
  project: 'proj',
  key: 'key',
  secret: 'sec',
  dataset: 'ds',
  model: 'mdl',
  job: 'job',
  run: 'run',
  preview: 'prv',
  event: 'evt',
  tree: 'tree',
  segment: 'seg',
  trajectory: 'trj',
  rollout: 'rol',
  checkpoint: 'ckpt',
  evaluation: 'eval',
  export: 'exp',
  rescore: 'rsc',
  worker: 'wrk',
  webhook: 'wh',
  delivery: 'whd',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const WIDTH = 26;

/** A new id, e.g. `run_01k8zq4v3e7nsbf5m0x2t9d6ga`. Ids made by one process ascend, also within a millisecond. */
export function newId(kind: IdKind): string {
  let bits = 0n;
  for (const byte of v7(undefined, new Uint8Array(16))) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < WIDTH; i++) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `${ID_PREFIXES[kind]}_${text}`;
}

/** The shape of an id of this kind. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{${WIDTH}}$`);
}

/** Whether the text has the shape of an id of this kind; says nothing about whether the object exists. */
export function isId(kind: IdKind, text: string): boolean {
  return idPattern(kind).test(text);
}

/** The kind of an id that one of our own rows has. */
export function idKind(id: string): IdKind {
  const prefix = id.slice(0, id.indexOf('_'));
  for (const kind in ID_PREFIXES) if (ID_PREFIXES[kind as IdKind] === prefix) return kind as IdKind;
  throw new Error(`${id} has the prefix of no kind of object`);
}

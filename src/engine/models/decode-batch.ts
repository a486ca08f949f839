/** Lays rows of new tokens out for the decoding graph. Pads a single row to two: a matrix product with one row takes another kernel with other roundings. */
import { groupSize, UNSEEN } from '../nn/attention.js';
import { ropeTables } from '../nn/rope.js';
import type { Feeds } from '../device/device.js';
import { nothingShared, sharedPrefixes } from './shared-prefixes.js';
import { ropeInverseFrequencies, type DecoderConfig } from './config.js';

/** New tokens of one path: `prefix` names the slots of all its earlier tokens in path order, `slots` where the new ones' keys and values go. */
export interface DecodeRow {
  tokens: Int32Array;
  prefix: Int32Array;
  slots: Int32Array;
}

export interface DecodeBatch {
  feeds: Feeds;
  /** L: tokens per row with padding. */
  length: number;
}

/** @param sharing whether the graph reads what rows have in common once */
export function decodeBatch(config: DecoderConfig, rows: readonly DecodeRow[], sharing: boolean): DecodeBatch {
  const G = groupSize(config);
  const J = config.kvHeads;
  const B = Math.max(2, rows.length);
  const L = Math.max(...rows.map((row) => row.tokens.length));
  const shared = sharing ? sharedParts(config, rows, L) : null;
  const commonOf = (b: number) => shared?.common_B[b] ?? 0;
  // Never none: a provider may not take tensors of no elements.
  const P = Math.max(1, ...rows.map((row, b) => row.prefix.length - commonOf(b)));
  const C = shared?.length ?? 0;
  const keys = P + L + C;
  const ids_BL = new Int32Array(B * L);
  const positions_BL = new Int32Array(B * L);
  const ownRows_BJP = new Int32Array(B * J * P);
  const last_B = new Int32Array(B);
  const bias = new Float32Array(B * G * L * keys).fill(UNSEEN);
  for (let b = 0; b < B; b++) {
    const row = rows[b];
    const seen = row?.prefix.length ?? 0;
    const count = row?.tokens.length ?? 1;
    const common = commonOf(b);
    if (row) {
      ids_BL.set(row.tokens, b * L);
      rowsOfHeads(row.prefix.subarray(common), J, ownRows_BJP, b * J * P, P);
    }
    last_B[b] = b * L + count - 1;
    for (let i = 0; i < L; i++) positions_BL[b * L + i] = seen + i;
    for (let g = 0; g < G; g++) {
      for (let i = 0; i < L; i++) {
        const at = ((b * G + g) * L + i) * keys;
        bias.fill(0, at, at + seen - common);
        bias.fill(0, at + P, at + P + i + 1);
        bias.fill(0, at + P + L, at + P + L + common);
      }
    }
  }
  const { cos, sin } = ropeTables(positions_BL, ropeInverseFrequencies(config));
  return {
    length: L,
    feeds: {
      ids: { data: ids_BL, dims: [B, L] },
      cos: { data: cos, dims: [B * L, 1, config.headDim] },
      sin: { data: sin, dims: [B * L, 1, config.headDim] },
      own_rows: { data: ownRows_BJP, dims: [B, J, P] },
      bias: { data: bias, dims: [B, 1, G * L, keys] },
      last: { data: last_B, dims: [B] },
      ...shared?.feeds,
    },
  };
}

/** Where the heads' keys of slots lie in a store: J rows for each slot. */
function rowsOfHeads(slots: Int32Array, J: number, to: Int32Array, start: number, stride: number): void {
  for (let j = 0; j < J; j++) {
    for (let p = 0; p < slots.length; p++) to[start + j * stride + p] = slots[p]! * J + j;
  }
}

/**
 * What groups of rows share, laid out for the graph. Many new tokens at once have more scores than there are keys, so that nothing is gained by sharing these; where
 * nothing is shared, there is one slot that no row sees.
 */
function sharedParts(config: DecoderConfig, rows: readonly DecodeRow[], L: number) {
  const J = config.kvHeads;
  const isFew = 2 * groupSize(config) * L <= config.headDim;
  const groups = isFew ? sharedPrefixes(rows.map(({ prefix }) => prefix)) : nothingShared(rows.length);
  const C = Math.max(1, ...groups.map(({ common }) => common));
  const R = Math.max(...groups.map(({ members }) => members.length));
  const common_B = new Int32Array(Math.max(2, rows.length));
  const rows_NJC = new Int32Array(groups.length * J * C);
  const members_NR = new Int32Array(groups.length * R);
  const places_B = new Int32Array(common_B.length);
  groups.forEach(({ members, common }, n) => {
    rowsOfHeads(rows[members[0]!]!.prefix.subarray(0, common), J, rows_NJC, n * J * C, C);
    members.forEach((row, r) => {
      common_B[row] = common;
      members_NR[n * R + r] = row;
      places_B[row] = n * R + r;
    });
  });
  return {
    common_B,
    length: C,
    feeds: {
      shared_rows: { data: rows_NJC, dims: [groups.length, J, C] },
      members: { data: members_NR, dims: [groups.length, R] },
      places: { data: places_B, dims: [places_B.length] },
    },
  };
}

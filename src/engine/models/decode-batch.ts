/** Lays rows of new tokens out for the decoding graph. Pads a single row to two: a matrix product with one row takes another kernel with other roundings. */
import { groupSize, UNSEEN } from '../nn/attention.js';
import { ropeTables } from '../nn/rope.js';
import type { Feeds } from '../device/device.js';
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

export function decodeBatch(config: DecoderConfig, rows: readonly DecodeRow[]): DecodeBatch {
  const G = groupSize(config);
  const J = config.kvHeads;
  const B = Math.max(2, rows.length);
  const L = Math.max(...rows.map((row) => row.tokens.length));
  // Never none: a provider may not take tensors of no elements.
  const P = Math.max(1, ...rows.map((row) => row.prefix.length));
  const keys = P + L;
  const ids_BL = new Int32Array(B * L);
  const positions_BL = new Int32Array(B * L);
  const prefixRows_BJP = new Int32Array(B * J * P);
  const last_B = new Int32Array(B);
  const bias = new Float32Array(B * G * L * keys).fill(UNSEEN);
  for (let b = 0; b < B; b++) {
    const row = rows[b];
    const seen = row?.prefix.length ?? 0;
    const count = row?.tokens.length ?? 1;
    if (row) {
      ids_BL.set(row.tokens, b * L);
      for (let j = 0; j < J; j++) {
        const at = (b * J + j) * P;
        for (let p = 0; p < seen; p++) prefixRows_BJP[at + p] = row.prefix[p]! * J + j;
      }
    }
    last_B[b] = b * L + count - 1;
    for (let i = 0; i < L; i++) positions_BL[b * L + i] = seen + i;
    for (let g = 0; g < G; g++) {
      for (let i = 0; i < L; i++) {
        const at = ((b * G + g) * L + i) * keys;
        bias.fill(0, at, at + seen);
        bias.fill(0, at + P, at + P + i + 1);
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
      prefix_rows: { data: prefixRows_BJP, dims: [B, J, P] },
      bias: { data: bias, dims: [B, 1, G * L, keys] },
      last: { data: last_B, dims: [B] },
    },
  };
}

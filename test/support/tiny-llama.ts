/** The sizes of a Llama that computes in a blink, and token ids for it to read. */
import { uniform, type DecoderConfig } from '../../src/engine/index.js';

export const tinyLlama: DecoderConfig = {
  family: 'llama',
  vocabSize: 50,
  hiddenSize: 24,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  ffnSize: 40,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  tieEmbeddings: false,
  qkvBias: false,
  qkNorm: false,
  maxPositions: 256,
  eosTokenIds: [0],
  bosTokenId: null,
  padTokenId: null,
};

/** An integer from 0 to below a bound, the same for the same counters. */
export const int = (below: number, ...counters: number[]) => Math.floor(uniform(9, ...counters) * below);

export const tokens = (count: number, ...counters: number[]) =>
  Int32Array.from({ length: count }, (_, i) => int(50, ...counters, i));

/** How the head takes a batch's targets when their logits must not all exist at once. */
import type { DecoderConfig } from '../models/config.js';

/** Logits of one chunk of targets at most. */
const CHUNK_LOGITS = 1 << 24;

/** Targets per chunk: as many as fit, spread evenly over the chunks. */
export function headChunk({ vocabSize }: DecoderConfig, targets: number): number {
  const most = Math.max(2, Math.floor(CHUNK_LOGITS / vocabSize));
  return Math.ceil(targets / Math.ceil(targets / most));
}

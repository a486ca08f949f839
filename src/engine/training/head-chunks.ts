/** How the head takes a batch's targets when their logits must not all exist at once. */
import type { DecoderConfig } from '../models/config.js';

/** Logits of one chunk of targets at most. */
const CHUNK_LOGITS = 1 << 24;

/** Ranges [from, to) of targets, as few as fit, their sizes differing by one at most: no chunk is left with a single row. */
export function headChunks({ vocabSize }: DecoderConfig, targets: number): [number, number][] {
  const most = Math.max(3, Math.floor(CHUNK_LOGITS / vocabSize));
  const count = Math.ceil(targets / most);
  const bound = (chunk: number) => Math.floor((chunk * targets) / count);
  return Array.from({ length: count }, (_, chunk) => [bound(chunk), bound(chunk + 1)]);
}

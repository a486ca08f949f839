/** What a preview must say of a run in several processes, which it does not have. */
import type { ResolvedRunSpec } from '../../spec/run-spec.js';

/** An assumption; none where the run is computed in one process too. */
export function oneProcess({ training: { world_size: processes } }: ResolvedRunSpec): string[] {
  if (processes === 1) return [];
  return [
    `it is computed by onnxruntime in one process, as the preview is, and not by another trainer in ${processes}`,
  ];
}

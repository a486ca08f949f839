/** What makes it doubtful that a run is worth its time, as far as its spec says: warnings, in its events and in its preview. Pure. */
import type { ResolvedRunSpec } from '../../spec/run-spec.js';

export function runDoubts(spec: ResolvedRunSpec): string[] {
  if (spec.method !== 'arpo' || spec.tools.length > 0) return [];
  return [
    'The run has no tools, and arpo forks only after their results: it does what grpo does. Give tools, or use method grpo',
  ];
}

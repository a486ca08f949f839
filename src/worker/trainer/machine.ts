/** What a trainer computes with, as manifests say it. */
import { BOUGH_VERSION } from '../../config/package.js';
import type { Provider } from '../../spec/accelerator.js';
import type { TrainerMessageOf } from './trainer-handler.js';

/** @param job `threads` of the trainer; 0: as many as it sees fit */
export function machineOf(
  { fingerprint }: TrainerMessageOf<'hello'>,
  { threads, provider }: { readonly threads: number; readonly provider: Provider },
): Record<string, string> {
  return { bough: BOUGH_VERSION, ...fingerprint, threads: String(threads), provider };
}

/** Switches the traces of this process on and off. The SDK is loaded only where somebody has asked for traces. */
import type { Config } from '../config/config.js';

/** How long a process that ends waits for its last spans to be taken. */
const LAST_SPANS_MS = 3000;

let stop: (() => Promise<void>) | null = null;

/** @param service how the process is called where no OTEL_SERVICE_NAME is set */
export async function startTracing(service: string, { tracing }: Pick<Config, 'tracing'>): Promise<void> {
  if (!tracing) return;
  const { startSdk } = await import('./sdk.js');
  stop = startSdk(service);
}

/** Never rejects, and does not wait for a collector that does not answer. */
export async function stopTracing(): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_SPANS_MS);
  });
  await Promise.race([stop?.().catch(() => undefined), patience]);
  clearTimeout(timer);
}

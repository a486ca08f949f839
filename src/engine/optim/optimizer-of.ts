/** Which optimiser a device has. */
import type { Device } from '../device/device.js';
import type { Parameters } from '../models/parameters.js';
import type { AdamWOptions } from './adamw.js';
import { DeviceOptimizer } from './device-optimizer.js';
import { HostOptimizer } from './host-optimizer.js';
import type { Optimizer } from './optimizer.js';

/** AdamW over the parameters that a policy trains. */
export function optimizerOf(
  { trained, device: { memory } }: { trained: Parameters; device: Device },
  options: AdamWOptions,
): Optimizer {
  return memory ? new DeviceOptimizer(trained, memory, options) : new HostOptimizer(trained, options);
}

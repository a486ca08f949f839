/** `npm run bench:devices -- …`: makes the checkout ready, then measures the engine on each device. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/devices/main.js');

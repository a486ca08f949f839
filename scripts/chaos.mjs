/** `npm run chaos`: makes the checkout ready, then has faults hit a service of its own, in this very process with the same arguments. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/chaos/main.js');

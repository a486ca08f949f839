/** `npm run study:methods`: makes the checkout ready, then trains with every method, in this very process with the same arguments. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/methods/main.js');

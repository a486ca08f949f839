/** `npm run quickstart`: makes the checkout ready, then runs the example in this very process, with the same arguments. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/examples/quickstart/main.js');

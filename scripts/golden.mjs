/** `npm run golden -- DIR …`: makes the checkout ready, then compares the engine with the golden sets of these directories. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/golden/main.js');

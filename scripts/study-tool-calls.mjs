/** `npm run study:tool-calls`: makes the checkout ready, then compares the tool calls of GRPO and ARPO, in this very process with the same arguments. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/tool-calls/main.js');

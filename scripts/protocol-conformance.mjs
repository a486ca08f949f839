/** `npm run protocol:conformance`: makes the checkout ready, then checks a trainer against the protocol. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/conformance/main.js');

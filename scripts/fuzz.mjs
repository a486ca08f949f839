/** `npm run fuzz`: makes the checkout ready, then has schemathesis make requests of the OpenAPI document. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/fuzz/main.js');

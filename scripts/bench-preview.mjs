/** `npm run bench:preview`: makes the checkout ready, then compares what previews promise with what their runs take. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/preview/main.js');

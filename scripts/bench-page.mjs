/** `npm run bench:page`: makes the checkout ready, then measures the page in a browser. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/page/main.js');

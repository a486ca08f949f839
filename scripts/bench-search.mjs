/** `npm run bench:search`: makes the checkout ready, then measures the search of a corpus. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/search/main.js');

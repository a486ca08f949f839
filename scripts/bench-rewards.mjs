/** `npm run bench:rewards`: makes the checkout ready, then measures the rewards. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/rewards/main.js');

/** `npm run bench:service -- NAME …`: makes the checkout ready, then measures the service. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/service/main.js');

/** `npm run bench -- NAME …`: makes the checkout ready, then measures the engine against PyTorch. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/bench/harness/main.js');

/** `npm run --silent bough -- …`: makes the checkout ready, then is the command line, with the same arguments. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/cli/main.js');

/** `npm start`: makes the checkout ready, then runs the service in this very process, so that signals reach it directly. */
import { ensure } from './ensure.mjs';

ensure();
await import('../dist/src/main.start.js');

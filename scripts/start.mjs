/** `npm start`: makes the checkout ready, then runs the service in this very process, so that signals reach it directly. */
import { ensure, ensurePythonPackages } from './ensure.mjs';

ensure();
ensurePythonPackages();
await import('../dist/src/main.start.js');

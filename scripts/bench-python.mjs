/** `npm run bench:python`: makes the checkout ready, then measures the Python tool. */
import { ensure, ensurePythonPackages } from './ensure.mjs';

ensure();
ensurePythonPackages();
await import('../dist/bench/python/main.js');

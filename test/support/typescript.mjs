/**
 * Lets Node itself load TypeScript in the threads and child processes that tests start from source; vitest transforms only what a test
 * imports. Test processes are started with --import of this file, and what they start inherits that.
 */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);

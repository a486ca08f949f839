/** `npm run quickstart`. */
import { runCommand } from '../support/command.js';
import { parseOptions, usage } from './options.js';
import { quickstart } from './quickstart.js';

await runCommand({ usage, parseOptions, run: quickstart });

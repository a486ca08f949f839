/** `npm run example:smollm2`. */
import { runCommand } from '../support/command.js';
import { parseOptions, usage } from './options.js';
import { smollm2 } from './smollm2.js';

await runCommand({ usage, parseOptions, run: smollm2 });

/** `npm run chaos`. */
import { runCommand } from '../../examples/support/command.js';
import { chaos } from './chaos.js';
import { parseOptions, usage } from './options.js';

await runCommand({ usage, parseOptions, run: chaos });

/** `npm run study:methods`. */
import { runCommand } from '../../examples/support/command.js';
import { parseOptions, usage } from './options.js';
import { runStudy } from './run-study.js';

await runCommand({ usage, parseOptions, run: runStudy });

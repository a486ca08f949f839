/** `npm run study:tool-calls`. */
import { runCommand } from '../../examples/support/command.js';
import { parseOptions, usage } from './options.js';
import { runStudy } from './run-study.js';

await runCommand({ usage, parseOptions, run: runStudy });

/** `npm run build`: compiles dist/ with all checks and with declarations, as the image has it. `npm start` then builds nothing. */
import { build, ensureDependencies } from './ensure.mjs';

ensureDependencies();
build('node_modules/@nestjs/cli/bin/nest.js', 'build');

/** `npm run build`: compiles dist/ with all checks and with declarations, and the page, as the image has them. `npm start` then builds nothing. */
import { build, buildWeb, ensureDependencies } from './ensure.mjs';

ensureDependencies();
build('node_modules/@nestjs/cli/bin/nest.js', 'build');
buildWeb();

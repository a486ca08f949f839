/** `npm run build`: compiles dist/ with all checks and with declarations, the page and the packages of the Python tool, as the image has them. `npm start` then builds nothing. */
import { build, buildWeb, ensureDependencies, ensurePythonPackages } from './ensure.mjs';

ensureDependencies();
build('node_modules/@nestjs/cli/bin/nest.js', 'build');
buildWeb();
ensurePythonPackages();

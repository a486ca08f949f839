/** `npm run python-packages`: fetches and compiles the packages of the Python tool, also where that has failed before. */
import { ensure, ensurePythonPackages } from './ensure.mjs';

ensure();
ensurePythonPackages(true);

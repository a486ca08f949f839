/**
 * Makes a checkout ready to run: checks Node's version, installs the dependencies and builds, each only when it is needed.
 * Runs before node_modules exists, so it imports nothing but Node itself. Starts no part of the service.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the build reads: folders as in tsconfig.build.json, and the files that configure it. */
const sourceFolders = ['src', 'migrations', 'openapi', 'cli', 'examples', 'bench'];
const buildFiles = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/transpile.mjs'];
const buildStamp = join(root, 'dist', '.built-from');
/** What the page is built from. */
const webFolders = ['web', 'openapi/client', 'cli/terminal'];
const webFiles = ['package-lock.json', 'tsconfig.json'];
/** What the packages of the Python tool are made from. */
const packageFiles = ['wheels', 'compile-packages'].map((name) => `src/tools/python/${name}.ts`);
const webStamp = join(root, 'dist', 'web', '.built-from');

/** Ends the process with a message when something cannot be made ready. */
export function ensure() {
  const folder = process.cwd();
  ensureDependencies();
  process.chdir(root);
  if (!isCurrent(buildStamp, hashSources())) build('scripts/transpile.mjs');
  if (!isCurrent(webStamp, hashWeb())) buildWeb();
  // Relative paths in the settings and arguments of what runs next are the user's.
  process.chdir(folder);
}

/** The dependencies alone, without a build. */
export function ensureDependencies() {
  const folder = process.cwd();
  process.chdir(root);
  checkNode();
  if (!dependenciesAreCurrent()) install();
  process.chdir(folder);
}

function checkNode() {
  const { engines } = readJson('package.json');
  const [needed, given] = [engines.node.replace('>=', ''), process.versions.node].map((text) =>
    text.split('.').map(Number),
  );
  const isOlder = given[0] < needed[0] || (given[0] === needed[0] && given[1] < (needed[1] ?? 0));
  if (isOlder)
    fail(
      `Bough needs Node ${engines.node.replace('>=', '')} or newer; this is ${process.versions.node}. See https://nodejs.org/`,
    );
}

/** Compares what npm says that it has installed with the lock file; packages for other platforms are not there. */
function dependenciesAreCurrent() {
  const installedList = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = readJson(installedList).packages;
  return Object.entries(readJson('package-lock.json').packages).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path]?.version ?? (optional ? version : undefined)) === version,
  );
}

function install() {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  step('Installing the dependencies (npm ci)', () => runNpm(args));
}

/** @returns as spawnSync does, with texts */
export function runNpm(args, options = {}) {
  // Under `npm run` this is npm's own program, which need not be on the PATH.
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { encoding: 'utf8', ...options })
    : spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32', ...options });
}

/** Has a program write dist/, and notes from which sources. */
export function build(...program) {
  const sources = hashSources();
  rmSync(buildStamp, { force: true });
  step('Building', () => spawnSync(process.execPath, program, { encoding: 'utf8', cwd: root }));
  removeStaleOutput();
  writeFileSync(buildStamp, sources);
}

/** Has Vite write the page into dist/web, and notes from which sources. */
export function buildWeb() {
  const sources = hashWeb();
  const program = ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel=error'];
  step('Building the page', () => spawnSync(process.execPath, program, { encoding: 'utf8', cwd: root }));
  writeFileSync(webStamp, sources);
}

/**
 * Fetches and compiles the packages of the Python tool, once: without them the service works, and programs cannot import them.
 * @param isRequired ends the process where they cannot be had
 */
export function ensurePythonPackages(isRequired = false) {
  const sources = hashOf(packageFiles.map((name) => join(root, name)));
  const archive = join(root, 'dist', 'python', 'site-packages.zip');
  const stamp = join(root, 'dist', 'python', '.built-from');
  // A try that failed is not made again by itself: without a network each start would wait for it.
  if (isCurrent(stamp, sources) && (!isRequired || existsSync(archive))) return;
  process.stderr.write('Fetching and compiling the Python tool’s packages (sympy, mpmath) … ');
  const started = Date.now();
  const { status, stderr } = spawnSync(process.execPath, ['dist/src/main.site-packages.js'], {
    encoding: 'utf8',
    cwd: root,
  });
  process.stderr.write(status === 0 ? `${Math.round((Date.now() - started) / 1000)} s\n` : `failed: ${stderr}`);
  if (status !== 0 && isRequired) fail('They come from files.pythonhosted.org');
  if (status !== 0) console.error('Programs cannot import them. `npm run python-packages` tries again.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

function isCurrent(stamp, sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** Removes what was built from sources that are gone: TypeScript leaves it. */
function removeStaleOutput() {
  const dist = join(root, 'dist');
  for (const file of filesIn(dist).filter((name) => !name.startsWith(join(dist, 'web')))) {
    const source = relative(dist, file).replace(/(\.js|\.js\.map|\.d\.ts)$/, '.ts');
    if (source.endsWith('.ts') && !existsSync(join(root, source))) rmSync(file);
  }
}

/** What is built, without its tests. */
export function sourceFiles() {
  return sourceFolders.flatMap((folder) => filesIn(join(root, folder))).filter((file) => !file.endsWith('.test.ts'));
}

const hashSources = () => hashOf([...sourceFiles(), ...buildFiles.map((name) => join(root, name))]);
const hashWeb = () =>
  hashOf([...webFolders.flatMap((folder) => filesIn(join(root, folder))), ...webFiles.map((name) => join(root, name))]);

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files.sort((a, b) => (a < b ? -1 : 1))) {
    hash.update(`${relative(root, file)}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function step(what, run) {
  const started = Date.now();
  process.stderr.write(`${what} … `);
  const { status, error, stdout, stderr } = run();
  if (status !== 0) {
    process.stderr.write('failed\n');
    fail(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim() || `${what} failed`);
  }
  process.stderr.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensure();

/**
 * `npm test`: makes the checkout ready, runs the unit and the e2e tests, and says at the end how many passed.
 *
 *     npm test                            everything
 *     npm test -- unit | e2e [filters]    one suite, or only the files whose path contains a filter
 *     npm test -- --checks                the checks of `npm run check` too, and a short `npm run fuzz`, each counted as a test
 *     npm test -- --also-node=24          the unit tests on the newest Node 24 too, which it fetches
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { checks, runCheck } from './check.mjs';
import { ensure, ensurePythonPackages, root } from './ensure.mjs';
import { nodeOfVersion } from './node-version.mjs';

/** What `npm run fuzz` exits with where there is no Python 3 with venv, or no package index. */
const FUZZ_HAS_NO_PYTHON = 77;
/** What is shown again of a program that failed. */
const TAIL_LINES = 60;

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said once more at the end: the lines above it may be many, or cut off. */
const failures = [];
const [suite, ...filters] = process.argv.slice(2).filter((argument) => !/^--(checks$|also-node=)/.test(argument));
const suites = suite === undefined ? ['unit', 'e2e'] : [suite];
if (suites.some((name) => !['unit', 'e2e'].includes(name))) {
  console.error(`There is no suite ${suite}: give unit or e2e, or nothing for both`);
  process.exit(2);
}

ensure();
ensurePythonPackages();
const withChecks = process.argv.includes('--checks');
// The generated files are proven fresh with every full run, whatever else is checked.
const wanted = Object.keys(checks).filter((name) => withChecks || (suite === undefined && name === 'openapi'));
for (const name of wanted) {
  if (runCheck(name)) total.passed++;
  else fail(`check ${name}`);
}
for (const name of suites) await runSuite(name);
if (withChecks) await runFuzz();
for (const argument of process.argv) {
  const [, version] = /^--also-node=(\d+)$/.exec(argument) ?? [];
  if (version !== undefined) await runUnitOn(version);
}

for (const failure of failures) console.log(`✗ ${failure}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

/** One test, however many requests it makes: few and always the same, so that it is quick and finds nothing by chance. */
async function runFuzz() {
  const args = [join('scripts', 'fuzz.mjs'), '--phases=fuzzing', '--cases=400', '--seed=1'];
  const tail = [];
  const exitCode = await run(process.execPath, args, tail);
  const isSkipped = exitCode === FUZZ_HAS_NO_PYTHON;
  if (isSkipped) console.log('Skipped: npm run fuzz, which could not make its Python environment');
  if (isSkipped) total.skipped++;
  else if (exitCode === 0) total.passed++;
  else fail(`npm run fuzz ended with exit code ${exitCode}\n  ${tail.join('\n  ')}`);
}

async function runUnitOn(version) {
  console.log(`The unit tests on Node ${version}`);
  try {
    await runSuite('unit', nodeOfVersion(version));
  } catch (error) {
    fail(`unit tests on Node ${version}: ${error.message}`);
  }
}

async function runSuite(name, node = process.execPath) {
  const folder = mkdtempSync(join(tmpdir(), 'bough-test-report-'));
  const report = join(folder, 'report.json');
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [
    vitest,
    'run',
    '--project',
    name,
    // A second time only what fails is of interest.
    `--reporter=${node === process.execPath ? 'default' : 'dot'}`,
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ];
  const exitCode = await run(node, args);
  const counted = count(report);
  total.passed += counted.passed;
  total.skipped += counted.skipped;
  for (const failure of counted.failures) fail(failure);
  // Such as an error outside of any test, or a suite in which there is none.
  if (exitCode !== 0 && counted.failures.length === 0) fail(`the ${name} suite ended with exit code ${exitCode}`);
  rmSync(folder, { recursive: true, force: true });
}

/** A file that cannot be loaded has no tests, and counts as one that failed. */
function count(report) {
  const counted = { passed: 0, skipped: 0, failures: [] };
  try {
    for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
      const file = relative(root, name);
      const failed = assertionResults.filter((test) => test.status === 'failed');
      counted.passed += assertionResults.filter((test) => test.status === 'passed').length;
      counted.skipped += assertionResults.filter((test) => !['passed', 'failed'].includes(test.status)).length;
      for (const test of failed)
        counted.failures.push(`${file}: ${test.fullName}\n  ${firstLines(test.failureMessages[0])}`);
      if (status === 'failed' && failed.length === 0) counted.failures.push(`${file}\n  ${firstLines(message)}`);
    }
  } catch {
    // No report: the exit code tells.
  }
  return counted;
}

function firstLines(text = '') {
  return text.split('\n').slice(0, 4).join('\n  ');
}

function fail(what) {
  total.failed++;
  failures.push(what);
}

/**
 * Runs a program in front. What stops this process stops that one first, which puts its servers away.
 * `tail`: where its last lines are kept, for a summary; its output is shown all the same.
 */
function run(command, args, tail) {
  const output = tail === undefined ? 'inherit' : 'pipe';
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', output, output] });
  for (const [from, to] of tail === undefined
    ? []
    : [
        [child.stdout, process.stdout],
        [child.stderr, process.stderr],
      ]) {
    from.pipe(to, { end: false });
    createInterface(from).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
    });
  }
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      if (signal !== null) process.exit(1);
      resolve(code);
    });
  });
}

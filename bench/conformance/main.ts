/** `npm run protocol:conformance`: checks a trainer against the protocol, and fails when it does not keep it. */
import { runCommand } from '../../examples/support/command.js';
import { parseOptions, usage } from './options.js';
import { runChecks, type Verdict } from './run-checks.js';

await runCommand({
  usage,
  parseOptions,
  run: async (options, screen, signal) => {
    screen.say(`Checking ${options.command.join(' ')}`);
    const verdicts = await runChecks(options, (verdict) => screen.say(line(verdict)), signal);
    const count = (passed: boolean | null) => verdicts.filter((verdict) => verdict.passed === passed).length;
    if (verdicts.length === 0) throw new Error(`--only ${options.only}: no check has this in its name`);
    const skipped = count(null) > 0 ? `, ${count(null)} left out` : '';
    screen.say(`${count(true)} passed, ${count(false)} failed${skipped}`);
    if (count(true) < verdicts.length) process.exitCode = 1;
  },
});

function line({ name, passed, reason, seconds }: Verdict): string {
  const mark = passed === null ? '-' : passed ? '✓' : '✗';
  return `  ${mark} ${name}  ${seconds.toFixed(1)} s${reason === '' ? '' : `\n      ${reason}`}`;
}

/**
 * `npm run bench:page`: how long the page of a long run takes to answer a click, a key or a turn of the wheel, in a real browser, with the API and its PostgreSQL on
 * the same machine. Exits with 1 where the 95th percentile is above the limit.
 */
import { launch, findBrowser } from '../harness/browser.js';
import { startService } from '../service/service.js';
import { Clock } from './clock.js';
import { insertLongRun, STEPS, TRAJECTORIES } from './rows.js';

/** Milliseconds from an input to the next frame that is painted: the 95th percentile of clicks and keys. */
const LIMIT_MS = 100;
const ROUNDS = 5;
/** Steps that are opened one after the other in a round. */
const OPENED = 5;

const say = (line: string) => console.error(`  ${line}`);
const found = findBrowser();
if ('reason' in found) {
  console.error(found.reason);
  process.exit(2);
}
const service = await startService(say);
const browser = await launch(found.program);
try {
  say(`inserting ${STEPS.toLocaleString('en')} steps and ${TRAJECTORIES.toLocaleString('en')} trajectories`);
  await insertLongRun(service);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const clock = await Clock.in(page);
  const tab = (name: string) => page.getByRole('tab', { name });
  await page.goto(`${service.bough.url}/#key=${service.bough.apiKey}&to=/runs`);
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`);
    await clock.click('open the run', page.getByRole('link', { name: 'measured' }), page.getByText(/^Step 1,?000 of/));
    await page.getByRole('img', { name: /^Reward, 1000 steps/ }).waitFor();
    await clock.click(
      'show all curves',
      page.getByRole('button', { name: /^Show \d+ more/ }),
      page.getByText('Show the main'),
    );
    await clock.click('list the steps', tab('Steps'), page.getByRole('link', { name: /^Step 1,?000$/ }));
    await clock.wheel('scroll through the steps', 30, 800);
    await clock.click('read the events', tab('Events'), page.getByLabel('Also every phase and step'));
    await clock.click('read the spec', tab('Spec'), page.getByText('Manifest'));
    await clock.click('back to the curves', tab('Curves'), page.getByRole('img', { name: /^Reward/ }));
    await clock.click('open a step', page.getByRole('img', { name: /^Reward/ }), page.locator('.group').first());
    for (let i = 0; i < OPENED; i++) {
      await clock.click('choose a bar', page.locator('.bin:enabled').nth(i % 2), page.getByText(/with reward/));
      await page.getByRole('button', { name: 'Close' }).click();
      const [, step] = /steps\/(\d+)$/.exec(page.url()) ?? [];
      const heading = page.getByRole('heading', { level: 1, name: `Step ${Number(step) - 1}`, exact: true });
      await clock.click('the step before', page.getByRole('button', { name: /^←/ }), heading);
      await page.locator('.group').first().waitFor();
    }
    await clock.click(
      'back to the runs',
      page.getByRole('link', { name: 'Runs' }).first(),
      page.getByPlaceholder('Name, id'),
    );
    await clock.type('search the runs', page.getByPlaceholder('Name, id'), 'measured');
  }
  const p95 = await clock.print();
  console.log(`\n95th percentile of clicks and keys: ${p95} ms (limit ${LIMIT_MS} ms)`);
  process.exitCode = p95 <= LIMIT_MS ? 0 : 1;
} finally {
  await browser.close();
  await service.stop();
}

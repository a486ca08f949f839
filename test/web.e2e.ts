/** The page as a person uses it, in a real browser, with the real service behind it. */
import axe from 'axe-core';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Schemas } from '../openapi/client.js';
import { Segment } from '../src/store/entities/segment.entity.js';
import { ApiRows } from './support/api-rows.js';
import { findBrowser, launch } from '../bench/harness/browser.js';
import { storeRecordedRun, type RecordedRun } from './support/recorded-run.js';
import { WholeService } from './support/whole-service.js';

const found = findBrowser();
/** `npm run screenshots` writes the pictures of the documentation; otherwise they are only looked at. */
const documented = ['run-light', 'step-light', 'tree-light', 'tree-dark', 'chat-light'];
const pictures = process.env['BOUGH_SCREENSHOTS'] === undefined ? null : join(import.meta.dirname, '../docs/page');

/** Schemes and widths in which everything is looked at. */
const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
] as const;

const program = 'program' in found ? found.program : null;

describe.skipIf(program === null)(
  `the page${'reason' in found ? `, which is not tested: ${found.reason}` : ''}`,
  () => {
    let service: WholeService;
    let browser: Browser;
    let recorded: RecordedRun;
    let context: BrowserContext;
    let page: Page;
    /** What the browser complained about, and where else than to the service it went. */
    let complaints: string[];
    /** Where two evaluations are compared. */
    let compared: string;

    beforeAll(async () => {
      if (program === null) return;
      [service, browser] = await Promise.all([WholeService.open(), launch(program)]);
      const { dataSource, blobs, tenant } = service.api;
      recorded = await storeRecordedRun(dataSource, blobs, tenant.projectId);
    });
    afterAll(async () => {
      await browser.close();
      await service.close();
    });
    afterEach(async () => {
      await context.close();
    });

    /** A new tab at this place, signed in unless `key` is null. */
    async function open(
      path: string,
      {
        key = service.tenant.key,
        width = 1280,
        dark = false,
      }: { key?: string | null; width?: number; dark?: boolean } = {},
    ): Promise<Page> {
      context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      page = await context.newPage();
      page.setDefaultTimeout(20_000);
      complaints = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(service.api.url)) complaints.push(`a request to ${request.url()}`);
      });
      await page.goto(key === null ? `${service.api.url}/#${path}` : `${service.api.url}/#key=${key}&to=${path}`);
      return page;
    }

    /** A checkpoint of the model that has learnt to add a few numbers. */
    async function taught(): Promise<string> {
      const { model, demonstrations: dataset, tenant } = service;
      const training = { steps: 150, batch_size: 8, max_length: 64 };
      const { body } = await tenant.post('/v1/runs', {
        method: 'sft',
        model,
        dataset,
        training,
        optimizer: { learning_rate: 0.01 },
      });
      expect(body.error).toBeNull();
      const { status } = await tenant.bough.waitForRun(body.id as string, { everyMs: 200 });
      expect(status).toBe('succeeded');
      const { body: list } = await tenant.get(`/v1/runs/${body.id}/checkpoints`);
      return list.data[0].id as string;
    }

    /** Nothing serious is found by axe in what is shown, and nothing widens the page; the documentation's pictures are taken. */
    async function look(name: string, scheme: 'light' | 'dark', width: number): Promise<void> {
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
      // Playwright's own scripts pass by the policy, which allows no such thing.
      if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source);
      const { violations }: axe.AxeResults = await page.evaluate('axe.run({ resultTypes: ["violations"] })');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`)).toEqual([]);
      const picture = `${name}-${width < 600 ? 'narrow' : scheme}`;
      const folder = pictures ?? process.env['BOUGH_LOOK'];
      if (folder !== undefined && (folder !== pictures || documented.includes(picture))) {
        await page.screenshot({ path: join(folder, `${picture}.png`) });
      }
    }

    const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });

    test('is served under a policy that lets nothing in, and takes a key that it keeps in the tab alone', async () => {
      const answer = await fetch(service.api.url);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      );

      await open('/runs', { key: null });
      const field = page.getByLabel('API key');
      await field.fill('bgh_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').getByText('API key').waitFor();
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);

      await field.fill(service.tenant.key);
      await field.press('Enter');
      await page.getByRole('link', { name: 'quickstart arpo' }).waitFor();
      expect(await page.evaluate('JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])')).toBe(
        JSON.stringify([{ 'bough.key': service.tenant.key }, {}, '']),
      );
      const other = await context.newPage();
      await other.goto(service.api.url);
      await other.getByLabel('API key').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await field.waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });

    test('an address may bring the key, and loses it at once', async () => {
      await open(`/runs/${recorded.run.id}`);
      await heading('quickstart arpo').waitFor();
      expect(page.url()).toBe(`${service.api.url}/#/runs/${recorded.run.id}`);
    });

    test('a run is watched live to its end, and read down to the tokens of a trajectory', async () => {
      const { body: run } = await service.tenant.post('/v1/runs', service.arpo({ name: 'watched' }));
      await open('/runs');
      await page.getByRole('link', { name: 'watched' }).click();
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByText('succeeded', { exact: true }).waitFor({ timeout: 100_000 });
      await page.getByText('Step 4 of 4').waitFor();
      // What came live is what there is.
      const rewards = page.getByRole('img', { name: /^Reward, 4 steps: mean from/ });
      await rewards.waitFor();
      await page.getByRole('tab', { name: 'Events' }).click();
      await page.getByRole('cell', { name: 'run.succeeded' }).waitFor();
      await page.getByRole('tab', { name: 'Steps' }).click();
      expect(await page.getByRole('row').count()).toBe(5);

      await page.getByRole('tab', { name: 'Curves' }).click();
      await rewards.click();
      await heading(/^Step \d$/).waitFor();
      const [, step] = /steps\/(\d)$/.exec(page.url()) ?? [];
      const { data: trees } = (await service.tenant.get(`/v1/runs/${run.id}/trees?step=${step}`))
        .body as Schemas['TreeList'];
      const groups = page.locator('.group');
      await groups.first().waitFor();
      expect(await groups.count()).toBe(trees.length);
      await groups.first().getByRole('link').click();
      await heading(/^Tree 1 of step/).waitFor();
      await page.locator('.token').first().waitFor();
      expect(complaints).toEqual([]);
    });

    test('a run is paused, resumed and cancelled, the last only when that is confirmed', async () => {
      const spec = service.arpo({ name: 'stopped', training: { steps: 500, prompts_per_step: 2 }, evaluation: null });
      const { body: run } = await service.tenant.post('/v1/runs', spec);
      const status = async () => (await service.tenant.get(`/v1/runs/${run.id}`)).body.status as string;
      await open(`/runs/${run.id}`);
      await page.getByText(/^Step [1-9]/).waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('paused', { exact: true }).waitFor();
      expect(await status()).toBe('paused');
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.getByText('running', { exact: true }).waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Cancel run' }).click();
      await page.getByRole('button', { name: 'Leave it' }).click();
      expect(await status()).toBe('running');
      await page.getByRole('button', { name: 'Cancel run' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel run' }).click();
      await page.getByText('cancelled', { exact: true }).waitFor();
      expect(await status()).toBe('cancelled');
      expect(complaints).toEqual([]);
    });

    test('a key that expires ends the session, and says so', async () => {
      const { body } = await service.tenant.post('/v1/keys', { name: 'short' });
      await open('/runs', { key: body.key as string });
      await page.getByRole('link', { name: 'quickstart arpo' }).waitFor();
      await service.api.dataSource.query('UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = $1', [body.id]);
      await page.getByText('no longer takes this key').waitFor();
      await page.getByLabel('API key').waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });

    test('a lost connection is said, and made good when there is one again', async () => {
      await open('/runs');
      await page.getByRole('link', { name: 'quickstart arpo' }).waitFor();
      await context.setOffline(true);
      await page.getByText('This machine is offline').waitFor();
      await new ApiRows(service.api.dataSource, service.tenant.projectId).run('queued', { name: 'came meanwhile' });
      await context.setOffline(false);
      await page.getByRole('link', { name: 'came meanwhile' }).waitFor();
      expect(await page.getByText('This machine is offline').count()).toBe(0);
    });

    test('text that a model or a tool wrote is shown, and does nothing', async () => {
      const rows = new ApiRows(service.api.dataSource, service.tenant.projectId);
      const run = await rows.run('succeeded');
      const { tree } = await rows.tree(run.id, 1);
      const hostile = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">\u001B[31mred\u001B[0m \u202Eright to left\u2066`;
      const megabyte = 'x'.repeat(1_000_000);
      const { manager } = service.api.dataSource;
      await manager.update(Segment, { treeId: tree.id, index: 1 }, { text: hostile });
      await manager.update(Segment, { treeId: tree.id, index: 3 }, { text: megabyte });
      const tool = {
        name: '</g><script>alert(1)</script>',
        input: hostile,
        call: '1',
        outcome: 'ok',
        text: megabyte,
        latency_ms: 3,
      } as const;
      await manager.update(Segment, { treeId: tree.id, index: 2 }, { tool });

      await open(`/trees/${tree.id}`);
      const transcript = page.locator('.transcript');
      await transcript.waitFor();
      const text = await transcript.innerText();
      expect(text).toContain("<script>document.title='owned'</script><img src=x onerror");
      expect(text).toContain('␛[31mred␛[0m ⟨U+202E⟩right to left⟨U+2066⟩');
      expect(text.length).toBeLessThan(20_000);
      expect(await page.title()).toBe('Tree 1 of step 1 · Bough');
      expect(await page.locator('#page script, #page img').count()).toBe(0);
      const before = Date.now();
      await transcript.getByRole('button', { name: '997,000 characters more' }).click();
      await transcript.getByRole('button', { name: '977,000 characters more' }).waitFor();
      expect(Date.now() - before).toBeLessThan(2000);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
    });

    test('two trajectories stand beside each other with the difference marked, and a call is folded out', async () => {
      await open(`/trees/${recorded.trees[2]}`);
      await page.getByRole('button', { name: /^1 0/ }).click();
      await page.getByLabel('Beside it').selectOption('2');
      await page.locator('.token-other').first().waitFor();
      expect(await page.locator('.transcript').count()).toBe(2);
      const call = page
        .locator('.transcript')
        .first()
        .getByRole('button', { name: /search/ })
        .first();
      await call.focus();
      await page.keyboard.press('Enter');
      await page.getByText('Arguments').waitFor();
      await page.getByLabel('Colour').selectOption('entropy');
      await page.getByText('the less certain the policy was').waitFor();
    });

    test('an evaluation is followed to its end, and its answers are read', async () => {
      const { model, questions, tenant } = service;
      const sampling = { max_response_tokens: 8 };
      const { body } = await tenant.post('/v1/evaluations', { model, dataset: questions, limit: 3, sampling });
      await open('/evaluations');
      await page
        .getByRole('row', { name: body.id as string })
        .getByRole('link')
        .first()
        .click();
      await page.getByText('succeeded', { exact: true }).waitFor({ timeout: 60_000 });
      await page.getByText('of 3 questions').waitFor();
      await page.getByRole('button', { name: '0 + 0' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Expected').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      expect(complaints).toEqual([]);
    });

    test('two evaluations are chosen and compared, with the questions that flipped', async () => {
      const { model, questions, tenant } = service;
      const ids: string[] = [];
      for (const limit of [4, 3]) {
        const sampling = { max_response_tokens: 8 };
        const { body } = await tenant.post('/v1/evaluations', { model, dataset: questions, limit, sampling });
        await tenant.bough.waitForEvaluation(body.id as string);
        ids.push(body.id as string);
      }
      // As if the first had two right, and the second another two.
      for (const [i, id] of ids.entries()) {
        const right = '(CASE WHEN example IN ($2, $3) THEN 1 ELSE 0 END)';
        await service.api.dataSource.query(
          `UPDATE evaluation_items SET reward_status = 'scored', reward = ${right}, exact_match = ${right} WHERE evaluation_id = $1`,
          [id, i, i + 1],
        );
      }
      await open('/evaluations');
      for (const id of ids) await page.getByLabel(`Compare ${id}`).check();
      await page.getByRole('link', { name: 'Compare', exact: true }).click();
      await heading('Two evaluations').waitFor();
      await page.getByText('the two differ in limit').waitFor();
      await page.getByText('1 A, 1 B').waitFor();
      await page.getByText('scored in one alone, and left out: 1').waitFor();
      const rows = await page.getByRole('row').allInnerTexts();
      expect(rows.slice(1).map((row) => row.split(/\s*\t\s*/))).toEqual([
        ['0 + 0', 'right', 'wrong'],
        ['2 + 2', 'wrong', 'right'],
      ]);
      await page.getByRole('button', { name: 'Reward' }).click();
      await page.getByText('0.667', { exact: true }).first().waitFor();
      compared = page.url().split('#')[1]!;
      expect(complaints).toEqual([]);
    });

    test('a dataset shows its rows, and why others were rejected', async () => {
      const { bough } = service.tenant;
      const file = new Blob(['{"question": "Who?", "answer": "Ada"}\n{"question": 7}']);
      const { id } = await bough.uploadDataset(file, { kind: 'rl', name: 'with a fault' });
      await open('/datasets');
      await page.getByRole('link', { name: 'with a fault' }).click();
      await page.getByRole('cell', { name: 'question' }).waitFor();
      await page.getByRole('button', { name: 'Who?' }).click();
      await page.getByRole('dialog').getByText('"references"').waitFor();
      expect(page.url()).toContain(`/datasets/${id}`);
    });

    test('a run is written with a form: what is wrong is said at its field, what it takes is measured, and it is started', async () => {
      await open('/new-run');
      await page.getByLabel('name', { exact: true }).fill('written');
      await page.getByLabel(/^model/).fill(service.model);
      await page.getByLabel(/^dataset/).fill('ds_0');
      await page.getByRole('button', { name: 'Add to tools' }).click();
      await page.getByText('rollout', { exact: true }).click();
      await page.getByLabel('max_response_tokens', { exact: true }).fill('16');
      await page.getByLabel('group_size', { exact: true }).fill('2');
      await page.getByLabel('initial', { exact: true }).fill('3');
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByRole('alert').getByRole('button', { name: 'rollout.initial' }).click();
      const initial = page.locator('[id="rollout.initial"]:focus');
      expect(await initial.getAttribute('aria-invalid')).toBe('true');
      await page.locator('.field').getByText('must not exceed group_size').waitFor();
      await page.locator('.field').getByText('no such dataset').waitFor();

      await initial.fill('1');
      await page.getByLabel(/^dataset/).fill(service.questions);
      const text = page.getByLabel('Spec as JSON');
      const spec = JSON.parse(await text.inputValue());
      expect(spec).toMatchObject({ tools: [{ type: 'python' }], rollout: { group_size: 2, initial: 1 } });
      await text.fill(JSON.stringify({ ...spec, training: { steps: 2, prompts_per_step: 1 } }));
      await page.getByRole('button', { name: 'Check' }).click();
      await page.getByText('the first steps with the real model').waitFor();
      await page.getByText(/trajectories, \d+ tokens/).waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Start run' }).click();
      await heading('written').waitFor();
      await page.getByText('succeeded', { exact: true }).waitFor({ timeout: 60_000 });
      expect(complaints).toEqual([]);
    });

    test('a model is talked with, alone and beside another', async () => {
      await open(`/chat/${service.model}`);
      await page.getByLabel('Max tokens').fill('12');
      await page.getByLabel('Seed').fill('7');
      await page.getByLabel('Message', { exact: true }).fill('1 + 1');
      await page.keyboard.press('Enter');
      await page.getByText('cut at the limit of tokens').waitFor({ timeout: 60_000 });
      const [left] = await page.locator('.turn-assistant .text').allInnerTexts();
      expect(left).not.toBe('');
      await page.getByRole('button', { name: 'Begin again' }).click();
      await page.getByRole('button', { name: 'Two side by side' }).click();
      await page.getByLabel('Right model', { exact: true }).fill(service.model);
      await page.getByLabel('Message', { exact: true }).fill('1 + 1');
      await page.keyboard.press('Enter');
      await page.getByText('cut at the limit of tokens').nth(1).waitFor();
      // The same model, seed and messages: the same answer.
      expect(await page.locator('.turn-assistant .text').allInnerTexts()).toEqual([left, left]);
      // Another model: the same message, another answer.
      await page.getByRole('button', { name: 'Begin again' }).click();
      await page.getByLabel('Right model', { exact: true }).fill(await taught());
      await page.getByLabel('Max tokens').fill('48');
      await page.getByLabel('Temperature').fill('0');
      await page.getByLabel('Message', { exact: true }).fill('3 + 3');
      await page.keyboard.press('Enter');
      const answers = page.locator('.turn-assistant .text');
      await answers.nth(1).getByText('boxed{6}</answer>').waitFor();
      expect(await answers.first().innerText()).not.toContain('boxed');
      await page.getByRole('button', { name: 'Send' }).waitFor();
      for (const [scheme, width] of looks) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: scheme });
        await look('chat', scheme, width);
      }

      await page.getByLabel('Right model', { exact: true }).fill('mdl_0');
      await page.getByLabel('Message', { exact: true }).fill('2 + 2');
      await page.keyboard.press('Enter');
      await page.getByText('No such model: mdl_0').waitFor();
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
    });

    test('a model is exported, and a file of a checkpoint downloaded', async () => {
      await open(`/models/${service.model}`);
      await page.getByLabel('Type').selectOption('bfloat16');
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('row', { name: /huggingface bfloat16 ready/ }).waitFor({ timeout: 60_000 });
      await page.evaluate(`location.hash = '/runs/${recorded.run.id}'`);
      await page.getByRole('tab', { name: 'Checkpoints' }).click();
      await page.getByRole('link', { name: 'Step 100' }).click();
      const download = page.waitForEvent('download');
      await page
        .getByRole('row', { name: /tokenizer.json/ })
        .getByRole('button', { name: 'Download' })
        .click();
      expect((await download).suggestedFilename()).toBe('tokenizer.json');
      expect(complaints).toEqual([]);
    });

    test('a key is made, shown once, and revoked', async () => {
      await open('/keys');
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByLabel('Name').fill('for a test');
      await page.getByRole('button', { name: 'Make key' }).click();
      const key = await page.locator('.key-text').innerText();
      // As on a page that came over plain http.
      await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })');
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByText('Not over plain http').waitFor();
      const headers = { authorization: `Bearer ${key}` };
      const status = async () => (await fetch(`${service.api.url}/v1/runs`, { headers })).status;
      expect(await status()).toBe(200);
      await page.getByRole('button', { name: 'Done' }).click();
      expect(await page.getByText(key).count()).toBe(0);
      await page
        .getByRole('row', { name: /for a test/ })
        .getByRole('button', { name: 'Revoke' })
        .click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
      await page.getByRole('row', { name: /for a test/ }).waitFor({ state: 'detached' });
      expect(await status()).toBe(401);
    });

    describe('is fit to be seen', () => {
      const views = () =>
        [
          ['runs', '/runs', page.getByRole('link', { name: 'quickstart arpo' })],
          ['run', `/runs/${recorded.run.id}`, page.getByRole('img', { name: /^Reward, 100 steps/ })],
          ['step', `/runs/${recorded.run.id}/steps/${recorded.step}`, page.locator('.group').first()],
          ['tree', `/trees/${recorded.trees[2]}`, page.locator('.token').first()],
          ['evaluations', '/evaluations', heading('Evaluations')],
          ['comparison', compared, page.getByText('1 A, 1 B')],
          ['dataset', `/datasets/${service.questions}`, page.getByRole('button', { name: '0 + 0' })],
          ['model', `/models/${service.model}`, page.getByText('model.safetensors')],
          ['empty-chat', '/chat', page.getByLabel('Message', { exact: true })],
          ['workers', '/workers', page.getByRole('cell', { name: 'online' })],
          ['new-run', '/new-run', page.getByLabel('Spec as JSON')],
          ['keys', '/keys', page.getByRole('cell', { name: 'test', exact: true })],
        ] as const;

      test.each(looks)(
        '%s, at %i px: nothing serious is found by axe, and nothing widens the page',
        async (scheme, width) => {
          await open('/runs', { width, dark: scheme === 'dark' });
          for (const [name, path, content] of views()) {
            await page.evaluate(`location.hash = '${path}'`);
            await content.waitFor();
            await look(name, scheme, width);
            expect(complaints, name).toEqual([]);
          }
        },
      );
    });
  },
);

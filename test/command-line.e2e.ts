/** `bough` as it is typed, against the real service; and the tutorial, which is typed too. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { safeText } from '../cli/terminal/safe-text.js';
import type { Schemas } from '../openapi/client.js';
import { freePort } from '../src/embedded/free-port.js';
import { WholeService } from './support/whole-service.js';

const program = join(import.meta.dirname, '../dist/cli/main.js');

let service: WholeService;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bough-cli-'));
  service = await WholeService.open({ ALLOWED_NETWORKS: '127.0.0.0/8' });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

/** Control characters but for new lines and tabs. */
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param env beyond an empty home, where nobody is signed in */
async function bough(args: readonly string[], env: Record<string, string> = known(), input = ''): Promise<Ended> {
  const { BOUGH_URL: _url, BOUGH_API_KEY: _key, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...inherited, XDG_CONFIG_HOME: folder, ...env },
    stdio: 'pipe',
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

const known = () => ({ BOUGH_URL: service.api.url, BOUGH_API_KEY: service.tenant.key });

/** What a command prints with --json. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await bough([...args, '--json']);
  if (code !== 0) throw new Error(`bough ${args.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
}

function specFile(name: string, extra: object = {}): string {
  const path = join(folder, name);
  writeFileSync(path, stringify(service.arpo({ name, ...extra })));
  return path;
}

test('login tries the key, keeps it for its service alone, and readable by the user alone', async () => {
  const { url } = service.api;
  const without = await bough(['runs', 'list'], {});
  expect([without.code, without.err]).toEqual([2, expect.stringContaining('run `bough login`, or set BOUGH_API_KEY')]);

  const wrong = await bough(['login', '--url', url, '--key', 'bgh_wrong'], {});
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('API key')]);
  expect(existsSync(join(folder, 'bough'))).toBe(false);

  const right = await bough(['login', '--url', url], {}, `${service.tenant.key}\n`);
  expect([right.code, right.err]).toEqual([0, '']);
  expect(right.out).not.toContain(service.tenant.key);
  expect(statSync(join(folder, 'bough/credentials.json')).mode & 0o777).toBe(0o600);
  expect((await bough(['runs', 'list'], {})).code).toBe(0);
  expect((await bough(['runs', 'list'], { BOUGH_URL: 'http://127.0.0.1:65530' })).err).toContain('There is no key for');
  const elsewhere = await bough(['runs', 'list', '--url', 'http://127.0.0.1:65530', '--key', 'x'], {});
  expect([elsewhere.code, elsewhere.err]).toEqual([4, 'bough: the service cannot be reached: ECONNREFUSED\n']);
  rmSync(join(folder, 'bough'), { recursive: true });
});

test('a run is started from a file, followed to its end, and what it made is read and taken home', async () => {
  const watched = await bough(['runs', 'create', '-f', specFile('tiny'), '--set', 'training.steps=3', '--watch']);
  expect(watched.code).toBe(0);
  expect(watched.out).toContain('step        3 of 3');
  expect(watched.out).toContain('Mean reward of each step');
  const [, id = ''] = /^(run_\w+) {2}tiny$/m.exec(watched.out) ?? [];

  expect((await bough(['runs', 'list'])).out).toMatch(new RegExp(`${id} +tiny +arpo +succeeded +3/3`));
  const run = await json<Schemas['Run']>('runs', 'show', id);
  expect(run).toMatchObject({ id, status: 'succeeded', progress: { step: 3, steps: 3 } });

  const events = await bough(['runs', 'watch', id, '--json']);
  const types = events.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as Schemas['RunEvent']).type);
  expect([types[0], types.at(-1)]).toEqual(['run.queued', 'run.succeeded']);

  const trees = await bough(['trajectories', 'show', id, '--step', '1']);
  expect(trees.out).toMatch(/^tree_\w+ {2}step 1, example \d+$/m);
  expect(trees.out.match(/= \d: (reward|infra_error)/g)).toHaveLength(8);
  const [tree] = await json<Schemas['Tree'][]>('trajectories', 'show', id, '--step', '1');
  const one = await bough(['trajectories', 'show', tree?.trajectories[0]?.id ?? '']);
  expect(one.out).toContain('── prompt');
  expect(one.out).toMatch(/= 1: (reward|infra_error)/);

  const { data } = await json<Schemas['CheckpointList']>('checkpoints', 'list', id);
  const target = join(folder, 'agent');
  expect((await bough(['checkpoints', 'download', data[0]?.id ?? '', target])).code).toBe(0);
  expect(JSON.parse(readFileSync(join(target, 'config.json'), 'utf8'))).toHaveProperty('vocab_size');
});

test('datasets are uploaded, a model is imported from a folder, and evaluated', async () => {
  const file = join(folder, 'questions.jsonl');
  writeFileSync(file, '{"question": "1 + 1", "answer": "2"}\n{"question": 7}\n');
  const uploaded = await bough(['datasets', 'upload', file, '--kind', 'rl']);
  expect(uploaded.out).toMatch(/^ds_\w+ {2}questions\.jsonl: ready\n1 rows, 1 rejected\n {2}line 2: /);
  const [dataset = ''] = uploaded.out.split(' ');

  const model = await json<Schemas['Model']>('models', 'import', join(folder, 'agent'), '--name', 'agent');
  expect(model).toMatchObject({ name: 'agent', status: 'ready', source: { type: 'upload' } });
  const evaluation = await json<Schemas['Evaluation']>(
    ...`evaluations create --model ${model.id} --dataset ${dataset} --samples 2 --max-tokens 8`.split(' '),
  );
  expect(evaluation).toMatchObject({ status: 'succeeded', model: model.id, spec: { sampling: { samples: 2 } } });
  const shown = await bough(['evaluations', 'show', evaluation.id]);
  expect(shown.out).toMatch(/right {7}\d+\.\d%/);
  expect(shown.out).toMatch(/pass@2 {6}\d+\.\d%/);

  // As if the second time it had been right.
  const again = await json<Schemas['Evaluation']>(
    ...`evaluations create --model ${model.id} --dataset ${dataset} --samples 2 --max-tokens 8`.split(' '),
  );
  await service.api.dataSource.query(
    'UPDATE evaluation_items SET reward = CASE evaluation_id WHEN $2 THEN 1 ELSE 0 END, exact_match = CASE evaluation_id WHEN $2 THEN 1 ELSE 0 END WHERE evaluation_id IN ($1, $2)',
    [evaluation.id, again.id],
  );
  const compared = await bough(['evaluations', 'compare', evaluation.id, again.id]);
  expect([compared.code, compared.err]).toEqual([0, '']);
  expect(compared.out).toContain('b less a    100.0%');
  expect(compared.out).toContain('  b right     1 + 1\n');
  const figures = await json<Schemas['EvaluationComparison']>('evaluations', 'compare', again.id, evaluation.id);
  expect(figures).toMatchObject({ measure: 'right', difference: -1, mcnemar: { only_a: 1, only_b: 0 } });
});

test('a model is asked from a pipe or the command line, and what it writes cannot act on the terminal', async () => {
  const { data } = await json<Schemas['RunList']>('runs', 'list');
  const run = data.find(({ name }) => name === 'tiny')!;
  // So hot that all bytes are as likely.
  const args = ['chat', run.id, '--temperature', '10', '--max-tokens', '150'];
  const { data: checkpoints } = await json<Schemas['CheckpointList']>('checkpoints', 'list', run.id);
  const options = { model: checkpoints[0]!.id, temperature: 10, max_tokens: 150 };
  const { message, seed } = await longAnswer(options, (i) => ({ message: '1 + 1', seed: i }));
  const asked = [...args, '--seed', String(seed)];
  const whole = await json<Schemas['ChatCompletion']>(...asked, message);
  expect(whole).toMatchObject({ object: 'chat.completion', usage: { completion_tokens: 150 } });
  const raw = whole.choices[0]!.message.content!;
  expect(raw).toMatch(unseen);

  const piped = await bough(asked, known(), `${message}\n`);
  expect(piped.code).toBe(0);
  expect(piped.out).toBe(`${safeText(raw)}\n`);
  expect(piped.out).not.toMatch(unseen);
  expect(piped.err).toContain('(cut here: at --max-tokens');
  const differently = await bough([...asked, '--system', 'Be brief.', message]);
  expect([differently.code, differently.out === piped.out]).toEqual([0, false]);

  const silent = await bough(['chat', service.model]);
  expect([silent.code, silent.err]).toEqual([2, 'bough: No message was given\n']);
  const unknown = await bough(['chat', 'ckpt_0', 'Hello']);
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('ckpt_0')]);
  const warm = await bough(['chat', service.model, 'Hello', '--temperature', 'warm']);
  expect([warm.code, warm.err]).toEqual([2, expect.stringContaining('Give a number.')]);
});

test('in a terminal Ctrl-C stops an answer, and the chat goes on until Ctrl-D', async () => {
  // So large that an answer takes seconds.
  const architecture = { layers: 4, hidden_size: 256, heads: 4, ffn_size: 512, max_positions: 8192 };
  const tokenizer = { train: { dataset: service.demonstrations, vocab_size: 300 } };
  const { body } = await service.tenant.post('/v1/models', { source: { type: 'random', architecture, tokenizer } });
  const model = await service.tenant.bough.waitForModel(body.id);
  // An untrained model repeats itself, greedily, mostly for as long as it may.
  const options = { model: model.id, temperature: 0, max_tokens: 300 };
  const { message } = await longAnswer(options, (i) => ({ message: `${i} + ${i}` }));
  const command = `stty cols 80; ${process.execPath} ${program} chat ${model.id} --temperature 0`;
  const env = { ...process.env, ...known(), XDG_CONFIG_HOME: folder, TERM: 'xterm' };
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env, stdio: 'pipe', timeout: 60_000 });
  let seen = '';
  child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  /** Types when that has been shown, after what was shown before the last time. */
  const when = async (shown: RegExp, keys: string) => {
    await expect.poll(() => seen, { timeout: 20_000, interval: 5 }).toMatch(shown);
    seen = '';
    child.stdin.write(keys);
  };
  await when(/Talking with mdl_[^]*.\[0J> /, 'half a mess\u0003');
  await when(/Ctrl-D ends the chat\)\r\n[^]*.\[0J> /, `${message}\r`);
  // Behind the line that is taken away stands the answer.
  await when(/Waiting for the answer\r.\[2K./, '\u0003');
  await when(/\(stopped\)\r\n[^]*.\[0J> /, `${message}\r`);
  // This one may end by itself, before or when it is stopped.
  await when(/Waiting for the answer\r.\[2K./, '\u0003');
  await when(/.\[0J> /, '\u0004');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
});

/** The first of these whose answer goes on until it is cut. */
async function longAnswer<A extends { message: string }>(options: object, attempt: (i: number) => A): Promise<A> {
  for (let i = 1; i < 30; i++) {
    const { message, ...more } = attempt(i);
    const messages = [{ role: 'user', content: message }];
    const { status, body } = await service.tenant.post('/v1/chat/completions', { ...options, messages, ...more });
    if (status !== 200) throw new Error(JSON.stringify(body));
    if (body.choices[0].finish_reason === 'length') return attempt(i);
  }
  throw new Error('every answer ended by itself');
}

test('a run is paused, resumed and cancelled; whoever waits for it is told by the exit code', async () => {
  const spec = specFile('long', { training: { steps: 500, prompts_per_step: 2 }, evaluation: null });
  const { id } = await json<Schemas['Run']>('runs', 'create', '-f', spec);
  await service.tenant.bough.runEvents(id).next();
  const watching = bough(['runs', 'watch', id]);
  expect((await bough(['runs', 'pause', id])).out).toMatch(/ (pausing|paused)\n$/);
  const paused = await watching;
  expect([paused.code, paused.err]).toEqual([3, expect.stringContaining('is paused: `bough runs resume`')]);
  expect((await bough(['runs', 'resume', id])).out).toContain('queued');
  expect((await bough(['runs', 'cancel', id])).out).toMatch(/ (cancelling|cancelled)\n$/);
  expect((await bough(['runs', 'watch', id])).code).toBe(3);
});

test('what the service refuses is said with its fields, and what is wrong with a command with a way to the help', async () => {
  const refused = await bough([
    'runs',
    'create',
    '-f',
    specFile('wrong', { rollout: { group_size: 2, initial: 3 } }),
    '--set',
    'dataset=ds_0',
  ]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/rollout\.initial: must not exceed group_size/);
  expect(refused.err).toMatch(/dataset: no such dataset/);
  expect(refused.err).toMatch(/request \S+\n$/);

  const unknown = await bough(['runs', 'show', 'run_0']);
  expect([unknown.code, unknown.out]).toEqual([1, '']);
  const typo = await bough(['runs', 'lst']);
  expect([typo.code, typo.err]).toEqual([2, expect.stringContaining("unknown command 'lst'")]);
  const missing = await bough(['datasets', 'upload', 'x.jsonl']);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('--kind')]);
  expect((await bough(['datasets', 'upload', 'absent.jsonl', '--kind', 'rl'])).err).toContain('absent.jsonl');
});

test('every command has an example in its help, and is completed by the shell', async () => {
  const help = await bough(['--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('Exit codes: 0 done');
  for (const command of [
    'runs create',
    'datasets upload',
    'trajectories show',
    'checkpoints download',
    'login',
    'chat',
  ]) {
    const { out } = await bough([...command.split(' '), '--help']);
    expect(out).toContain(`Example:\n  bough ${command} `);
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await bough(['--version'], {})).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const { out: script } = await bough(['completion', 'bash']);
  expect(await completed(script, 'bough ru')).toBe('runs');
  expect(await completed(script, 'bough runs ca')).toBe('cancel');
  expect(await completed(script, 'bough runs show run_1 --js')).toBe('--json');
  expect(await completed(script, 'bough completion z')).toBe('zsh');
  expect(await completed(script, 'bough chat mdl_1 --sy')).toBe('--system');
});

/** What bash proposes for the last word of this line. */
async function completed(script: string, line: string): Promise<string> {
  const words = line.split(' ').map((word) => `'${word}'`);
  const ask = `${script}\nCOMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _bough; echo "\${COMPREPLY[*]}"`;
  const child = spawn('bash', ['-c', ask], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await once(child, 'close');
  return out.trim();
}

/** What the tutorial has its reader write and type. */
function tutorial(port: number): { files: [name: string, code: string][]; commands: string } {
  const page = readFileSync(join(import.meta.dirname, '../docs/tutorial.md'), 'utf8').replaceAll('8080', String(port));
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({ language, code }));
  const files = blocks
    .filter(({ language }) => language === 'js')
    .map(({ code }): [string, string] => [/^\/\/ (\S+):/.exec(code)![1]!, code]);
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  return { files, commands: commands.join('') };
}

test('the tutorial teaches an agent to call its tool', async () => {
  const { files, commands } = tutorial(await freePort());
  const own = mkdtempSync(join(folder, 'tutorial-'));
  for (const [name, code] of files) writeFileSync(join(own, name), code);
  writeFileSync(join(own, 'bough'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  chmodSync(join(own, 'bough'), 0o755);
  const script = `set -eu -o pipefail\ntrap 'kill $(jobs -p)' EXIT\n${commands}`;
  const env = { ...process.env, PATH: `${own}:${process.env['PATH']}`, ...known() };
  const shell = spawn('bash', ['-c', script], { cwd: own, env, stdio: 'pipe', timeout: 100_000 });
  let [out, err] = ['', ''];
  shell.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  shell.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(shell, 'close')) as [number | null];
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  expect(out).toMatch(/"reward":1,.*"reward":0,/);
  expect(out).toMatch(/stock "\w+" → \d/);
  const [before, after] = ['a', 'b'].map((which) =>
    Number(new RegExp(`^  ${which} +eval_\\w+ +([\\d.]+)%`, 'm').exec(out)?.[1]),
  );
  expect(before).toBeLessThan(70);
  expect(after).toBeGreaterThan(80);
  expect(existsSync(join(own, 'agent/model.safetensors'))).toBe(true);
}, 110_000);

/**
 * The second half of `npm run image:check`, in a network of its own: PostgreSQL and Redis as compose.yaml names them, then its migrations, API and worker from the image, a key
 * by the command that it names, and a tiny run. Arguments: a folder, and the facts of the image as JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { createBough, unwrap } from '../../openapi/client.js';
import { childEnvironment } from '../../src/config/process-environment.js';
import { variables } from '../../src/config/variables.js';
import { findRedisServer } from '../../src/embedded/redis-server.js';
import { startServices } from '../../src/embedded/services.js';
import { GiveUp, waitUntil } from '../../src/embedded/wait.js';
import { randomAgent } from '../support/random-agent.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { ImageFacts } from './build-image.js';
import { readCompose, wordsOf, type ComposeService } from './compose.js';
import { Container, type ContainerProcess } from './container.js';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
/** Of programs that the image has no use for. */
const UNWANTED = ['cc', 'gcc', 'g++', 'make', 'python3', 'git'];

/** Settings that the libraries of S3 and OpenTelemetry read by themselves. */
const READ_BY_LIBRARIES = /^(AWS|OTEL)_/;

const [folder = '', factsJson = '{}'] = process.argv.slice(2);
const facts = JSON.parse(factsJson) as ImageFacts;
const say = (line: string) => console.log(line);

function demand(isWell: boolean, otherwise: string): void {
  if (!isWell) throw new Error(otherwise);
}

function check(isWell: boolean, what: string): void {
  demand(isWell, `not so: ${what}`);
  say(`✓ ${what}`);
}

const compose = readCompose();
const container = new Container(facts, folder);
const serviceOf = (name: string): ComposeService => compose.services[name] ?? {};
const start = (name: string) => {
  const { command = '', environment = {} } = serviceOf(name);
  return container.start(wordsOf(command), environment);
};

checkImage();
checkCompose();
const services = await startServers();
const running: ContainerProcess[] = [];
try {
  const migrated = await start('migrate').ended;
  demand(migrated.code === 0, `migrate ended with ${migrated.code}: ${migrated.output}`);
  say('✓ migrate brings an empty database up to date');
  const [api, worker] = [start('api'), start('worker')];
  running.push(api, worker);
  await apiIsHealthy(api);
  const { environment = {} } = serviceOf('api');
  const { code, output } = await container.start(['node', 'dist/src/main.create-key.js'], environment).ended;
  check(code === 0 && output.startsWith('bgh_'), 'the command for the first API key prints one');
  await train(output.trim(), worker);
  checkFiles();
  for (const [name, one] of [
    ['api', api],
    ['worker', worker],
  ] as const) {
    one.kill('SIGTERM');
    const { code: exitCode, output: said } = await ended(one, name);
    check(
      exitCode === 0,
      `${name} ends with 0 on SIGTERM${exitCode === 0 ? '' : `: ${exitCode}\n${said.slice(-2000)}`}`,
    );
  }
} catch (error) {
  for (const one of running) console.error(one.said.slice(-4000));
  throw error;
} finally {
  for (const one of running) one.kill('SIGKILL');
  await services.stop();
}
process.exit(0);

function checkImage(): void {
  check(facts.user !== '' && facts.user !== 'root' && facts.user !== '0', `the image's user is ${facts.user}`);
  check(facts.volumes.join() === '/data', 'its only volume is /data');
  check(facts.command.join(' ') === serviceOf('api').command, 'its command is that of the API in compose.yaml');
  const folders = ['bin', 'usr/bin', 'usr/local/bin'];
  const found = UNWANTED.filter((name) => folders.some((place) => existsSync(join(facts.root, place, name))));
  check(found.length === 0, `it has no ${UNWANTED.join(', ')}${found.length > 0 ? ` but ${found.join(', ')}` : ''}`);
}

/** What can be told without an engine. */
function checkCompose(): void {
  for (const [name, { environment = {}, depends_on: needs = {}, volumes = [], ...service }] of Object.entries(
    compose.services,
  )) {
    const isOurs = service.command?.startsWith('node ') ?? false;
    const isKnown = (key: string) => key in variables || READ_BY_LIBRARIES.test(key);
    const unknown = isOurs ? Object.keys(environment).filter((key) => !isKnown(key)) : [];
    demand(unknown.length === 0, `compose.yaml: ${name} sets ${unknown.join(', ')}, which nothing reads`);
    const lost = Object.keys(needs).filter((other) => !(other in compose.services));
    demand(lost.length === 0, `compose.yaml: ${name} depends on ${lost.join(', ')}, which is not there`);
    const named = volumes.map((volume) => volume.split(':', 1)[0] ?? '').filter((volume) => /^\w/.test(volume));
    const undeclared = named.filter((volume) => !(volume in compose.volumes));
    demand(
      undeclared.length === 0,
      `compose.yaml: ${name} has the volume ${undeclared.join(', ')}, which is not declared`,
    );
    if (isOurs)
      demand(service.read_only === true, `compose.yaml: ${name} may write to its root: give it read_only: true`);
  }
  say(`✓ compose.yaml agrees with itself and with the settings: ${Object.keys(compose.services).join(', ')}`);
}

/** At the names, the ports and with the password of compose.yaml; Redis with its arguments there. */
async function startServers(): Promise<{ stop: () => Promise<void> }> {
  const [, ...args] = wordsOf(serviceOf('redis').command ?? '');
  const dataDir = join(folder, 'servers');
  const program = await findRedisServer(dataDir, say);
  const redis = spawn(program.command, ['--port', '6379', ...args], {
    env: childEnvironment(program.env),
    cwd: folder,
  });
  const servers = await startServices({ dataDir, log: say, redisUrl: 'redis://127.0.0.1:6379', durable: false });
  const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = serviceOf('postgres').environment ?? {};
  const admin = new Client({ connectionString: servers.databaseUrl });
  await admin.connect();
  // The embedded server has a user and a database of these names.
  await admin.query(`ALTER ROLE "${user}" PASSWORD '${password}'`);
  await admin.end();
  const proxy = await TcpProxy.before(servers.databaseUrl, 5432);
  return {
    stop: async () => {
      await proxy.cut();
      await servers.stop();
      redis.kill();
    },
  };
}

/** By the health check of compose.yaml, which is run in a container. */
async function apiIsHealthy(api: ContainerProcess): Promise<void> {
  const { healthcheck, environment = {} } = serviceOf('api');
  const [kind, ...command] = healthcheck?.test ?? [];
  check(kind === 'CMD', 'the health check of api is a command');
  const probe = async () => {
    if (api.said.includes('Invalid environment')) throw new GiveUp(new Error(api.said));
    return (await container.start(command, environment).ended).code === 0;
  };
  await waitUntil('the health check of api', probe, { limitMs: START_LIMIT_MS, everyMs: 500 });
  say('✓ api is healthy');
}

async function train(apiKey: string, worker: ContainerProcess): Promise<void> {
  const bough = createBough({ baseUrl: 'http://127.0.0.1:3000', apiKey });
  const { dataset, model } = await randomAgent(bough, ['<python>', '</python>']);
  const { id } = unwrap(
    await bough.api.POST('/v1/runs', {
      body: {
        method: 'grpo',
        model,
        dataset,
        tools: [{ type: 'python' }],
        // Of the host's Python, so to speak: it is run in the sandbox that the image brings.
        reward: { type: 'python', source: 'def grade(sample, item):\n    return len(sample["output_text"]) % 5 / 4' },
        rollout: { group_size: 4, max_response_tokens: 60 },
        training: { steps: 2, prompts_per_step: 2 },
        checkpoint: { every_steps: 1, keep: 2 },
      },
    }),
  );
  const run = await bough.waitForRun(id);
  const why = run.status === 'succeeded' ? '' : `: ${run.status} ${run.error?.message}\n${worker.said.slice(-2000)}`;
  check(run.status === 'succeeded' && run.progress.step === 2, `a run of two steps succeeds${why}`);
  const { data: checkpoints } = unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', { params: { path: { id } } }));
  check(checkpoints.length === 2, 'its checkpoints are there');
}

/** Everything was written there, since nothing else can be. */
function checkFiles(): void {
  const { uid } = statSync(join(facts.root, 'data'));
  const files = readdirSync(container.data, { recursive: true, withFileTypes: true });
  const foreign = files.filter((file) => statSync(join(file.parentPath, file.name)).uid !== uid);
  check(
    files.some((file) => file.isFile()) && foreign.length === 0,
    'what was written is in /data, and belongs to the user',
  );
}

function ended(one: ContainerProcess, name: string): Promise<Awaited<ContainerProcess['ended']>> {
  const patience = once(AbortSignal.timeout(STOP_LIMIT_MS), 'abort').then(() => {
    throw new Error(`${name} was still there ${STOP_LIMIT_MS / 1000} s after SIGTERM`);
  });
  return Promise.race([one.ended, patience]);
}

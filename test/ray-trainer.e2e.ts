/** The ray trainer beside Bough's own: the same jobs, the same answers of tools and scores, and what comes of them. Run where the trainer's Python environment is there. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Material } from '../bench/conformance/material.js';
import { Subject } from '../bench/conformance/subject.js';
import { madePython, pinnedPython } from '../bench/harness/python.js';
import { readSafetensors } from '../src/engine/io/safetensors.js';
import type { TrainJob } from '../src/protocol/messages.js';
import { nodeTrainer, type TrainerCommand } from '../src/worker/trainer/trainer-process.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';
import { WholeService } from './support/whole-service.js';

const PACKAGE = join(import.meta.dirname, '../trainers/ray');
const requirements = join(PACKAGE, 'requirements.txt');
const python = process.env['RAY_TRAINER']
  ? await pinnedPython(requirements, console.log)
  : await madePython(requirements);
if (python === null) console.log('Skipped: RAY_TRAINER=1 makes the environment of trainers/ray first, some 5 GB');

/** How long a job may take. One of two processes starts a Ray first, which takes minutes on a machine that has other work. */
const LIMIT_MS = 300_000;
let folder: string;
let material: Material;
let own: string;
beforeAll(async () => {
  if (python === null) return;
  folder = await mkdtemp(join(tmpdir(), 'bough-ray-'));
  material = await Material.write(folder);
  own = await bundleTrainer();
});
afterAll(async () => {
  if (python === null) return;
  await removeBundle(own);
  await rm(folder, { recursive: true });
});

type Trees = ReturnType<typeof treesOf>;
const treesOf = (subject: Subject) => subject.all('tree');

/** What a trainer says of a job until it is done. */
async function said(command: TrainerCommand, job: TrainJob): Promise<Subject> {
  const subject = new Subject(command, LIMIT_MS);
  try {
    await subject.start(job);
    expect(await subject.ends()).toEqual({ type: 'done', cancelled: false });
    return subject;
  } finally {
    await subject.end();
  }
}

const ray = (): TrainerCommand => ['env', `PYTHONPATH=${PACKAGE}`, python!, '-m', 'bough_trainer'];

const trainedWith = (job: TrainJob, training: object): TrainJob =>
  ({ ...job, spec: { ...job.spec, training: { ...job.spec.training, ...training } } }) as TrainJob;

/** The same job, computed by two processes. */
const byTwo = (job: TrainJob): TrainJob => trainedWith(job, { world_size: 2 });

const byBoth = async (jobOf: (name: string) => TrainJob): Promise<[Subject, Subject]> => [
  await said(nodeTrainer(own), jobOf('own')),
  await said(ray(), jobOf('ray')),
];

const checkpointOf = (subject: Subject): string => subject.all('checkpoint').at(-1)!.message.directory;

/** Norm of the difference of all weights over the norm of all weights. */
async function distance(a: string, b: string, file = 'model.safetensors'): Promise<number> {
  const [first, second] = await Promise.all([a, b].map((one) => readSafetensors(join(one, file))));
  expect([...second!.keys()].toSorted()).toEqual([...first!.keys()].toSorted());
  let [apart, whole] = [0, 0];
  for (const [name, { data }] of first!) {
    const other = second!.get(name)!.data;
    data.forEach((x, i) => {
      apart += (Number(x) - Number(other[i])) ** 2;
      whole += Number(x) ** 2;
    });
  }
  return Math.sqrt(apart / whole);
}

/** Of two trainers on the same trees: how far log-probabilities are apart at most. @throws where the trees are not the same */
function furthestApart([first, second]: readonly [Subject, Subject]): number {
  const [trees, others] = [first, second].map(treesOf) as [Trees, Trees];
  expect(others.length).toBe(trees.length);
  let furthest = 0;
  trees.forEach(({ message, arrays }, t) => {
    const { message: told, arrays: numbers } = others[t]!;
    expect([...numbers['token_ids']!]).toEqual([...arrays['token_ids']!]);
    expect(told.segments.map(({ parent, kind, forked }) => [parent, kind, forked])).toEqual(
      message.segments.map(({ parent, kind, forked }) => [parent, kind, forked]),
    );
    arrays['logprobs']!.forEach((x, i) => (furthest = Math.max(furthest, Math.abs(x - numbers['logprobs']![i]!))));
  });
  return furthest;
}

/** Of the processes that this one has started, and those that they have, the ones whose command begins so. */
async function descendants(command: string): Promise<number[]> {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).map(Number).filter(Number.isInteger)) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [stat, line] = await Promise.all([read('stat'), read('cmdline')]);
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    if (line.startsWith(command)) found.push(pid);
  }
  const isOwn = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOwn(parents.get(pid)));
  return found.filter(isOwn);
}

test.skipIf(python === null)(
  'an update on demonstrations, and one from trees, give the weights of the other trainer',
  async () => {
    const lessons = await byBoth((name) => material.lessons(`${name}-lessons`, 40));
    const [policy, others] = lessons.map(checkpointOf) as [string, string];
    const learnt = await distance(policy, others);
    console.log(`40 steps on demonstrations: the weights are ${learnt.toExponential(1)} apart`);
    expect(learnt).toBeLessThan(1e-5);

    const trials = await byBoth((name) => material.trials(`${name}-trials`, 'arpo', 1, { model_directory: policy }));
    const furthest = furthestApart(trials);
    const apart = await distance(checkpointOf(trials[0]), checkpointOf(trials[1]));
    console.log(
      `log-probabilities of the same ids: ${furthest.toExponential(1)} apart; weights after the update: ${apart.toExponential(1)}`,
    );
    expect(furthest).toBeLessThan(1e-4);
    expect(apart).toBeLessThan(1e-5);
  },
  4 * LIMIT_MS,
);

test.skipIf(python === null)(
  'two processes make the update of one, and each goes on from the other’s checkpoint',
  async () => {
    const trying = (name: string, policy: string) => material.trials(name, 'arpo', 1, { model_directory: policy });
    const one = await said(ray(), material.lessons('one-lessons', 40));
    const two = await said(ray(), byTwo(material.lessons('two-lessons', 40)));
    const learnt = await distance(checkpointOf(one), checkpointOf(two));
    const policy = checkpointOf(one);
    const trials: [Subject, Subject] = [
      await said(ray(), trying('one-trials', policy)),
      await said(ray(), byTwo(trying('two-trials', policy))),
    ];
    const furthest = furthestApart(trials);
    const apart = await distance(checkpointOf(trials[0]), checkpointOf(trials[1]));
    console.log(
      `one process and two: 40 steps on demonstrations ${learnt.toExponential(1)} apart; log-probabilities ${furthest.toExponential(1)}; a step of ARPO ${apart.toExponential(1)}`,
    );
    expect(Math.max(learnt, apart)).toBeLessThan(1e-6);

    const resume = (subject: Subject) => ({ step: 20, directory: subject.all('checkpoint')[0]!.message.directory });
    const onward = await said(ray(), byTwo(material.lessons('two-onward', 40, { resume: resume(one), attempt: 2 })));
    const back = await said(ray(), material.lessons('one-onward', 40, { resume: resume(two), attempt: 2 }));
    for (const subject of [onward, back]) {
      expect(subject.all('step').map(({ message }) => message.step)).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 21),
      );
      expect(await distance(checkpointOf(subject), checkpointOf(one))).toBeLessThan(1e-6);
    }
  },
  4 * LIMIT_MS,
);

test.skipIf(python === null)(
  'held-out questions are answered as by the other trainer, and end the run at the same step',
  async () => {
    const lessons = await said(nodeTrainer(own), material.lessons('evaluated-lessons', 40));
    const sets = ['few', 'all'].map((name) => ({ name, dataset: `ds_${name}`, limit: name === 'few' ? 2 : null }));
    // Single answers are all worth 0: the second evaluation brings no improvement.
    const best = { set: 'all', metric: 'reward', patience: 1, min_improvement: 0 };
    const evaluated = (name: string): TrainJob => {
      const job = material.trials(name, 'arpo', 8, { model_directory: checkpointOf(lessons) });
      const spec = { ...job.spec, evaluation: { every_steps: 2, sets, best } } as TrainJob['spec'];
      return { ...job, spec, evaluation_examples: sets.map(() => job.examples) };
    };
    const [first, second] = await byBoth(evaluated);
    const two = await said(ray(), byTwo(evaluated('two')));
    const told = (subject: Subject) => ({
      metrics: subject
        .all('step')
        .map(({ message }) =>
          Object.fromEntries(Object.entries(message.metrics).filter(([name]) => name.startsWith('eval/'))),
        ),
      usage: subject.all('step').map(({ message }) => message.usage.evaluation),
      end: subject.all('no_improvement').map(({ message }) => message),
      checkpoints: subject.all('checkpoint').map(({ message }) => [message.step, message.best_step, message.final]),
    });
    expect(told(first).metrics.map((all) => Object.keys(all).length)).toEqual([0, 12, 0, 12]);
    expect(told(first).end).toMatchObject([{ step: 2, evaluations: 1 }]);
    expect(told(second)).toEqual(told(first));
    expect(told(two)).toEqual(told(first));
  },
  4 * LIMIT_MS,
);

test.skipIf(python === null)(
  'an adapter comes out as the other trainer’s, and goes on from its checkpoint, by two processes too',
  async () => {
    const adapter = { type: 'lora', rank: 4, alpha: 8, dropout: 0, target_modules: ['q_proj', 'v_proj', 'down_proj'] };
    const adapted = (job: TrainJob) => trainedWith(job, { adapter });
    const [reference, other] = await byBoth((name) => adapted(material.lessons(`${name}-adapter`, 40)));
    const [first] = reference.all('checkpoint');
    const resume = { step: 20, directory: first!.message.directory };
    const onward = await said(ray(), byTwo(adapted(material.lessons('two-adapter', 40, { resume, attempt: 2 }))));
    const of = (part: string, subject: Subject) => join(checkpointOf(subject), part);
    for (const subject of [other, onward]) {
      const apart = await distance(of('adapter', reference), of('adapter', subject), 'adapter_model.safetensors');
      const merged = await distance(of('', reference), of('', subject));
      console.log(`an adapter after 40 steps: ${apart.toExponential(1)} apart; merged: ${merged.toExponential(1)}`);
      expect(apart).toBeLessThan(1e-5);
      expect(merged).toBeLessThan(1e-6);
      expect(JSON.parse(await readFile(join(of('adapter', subject), 'adapter_config.json'), 'utf8'))).toEqual(
        JSON.parse(await readFile(join(of('adapter', reference), 'adapter_config.json'), 'utf8')),
      );
    }
  },
  4 * LIMIT_MS,
);

test.skipIf(python === null)(
  'a service has its runs trained by it, and evaluates what they have learnt',
  async () => {
    const service = await WholeService.open({
      TRAINER: 'ray',
      TRAINER_COMMAND: `env PYTHONPATH=${PACKAGE} ${python} -m bough_trainer`,
    });
    try {
      const { tenant, questions: dataset } = service;
      const { body } = await tenant.post(
        '/v1/runs',
        service.arpo({ evaluation: undefined, training: { steps: 2, prompts_per_step: 2 } }),
      );
      const run = await tenant.bough.waitForRun(body.id as string);
      expect([run.status, run.error, run.progress.step]).toEqual(['succeeded', null, 2]);
      const [checkpoint] = (await tenant.get(`/v1/runs/${run.id}/checkpoints`)).body.data;
      const asked = {
        checkpoint: checkpoint.id,
        dataset,
        tools: [{ type: 'python' }],
        limit: 2,
        sampling: { max_response_tokens: 4 },
      };
      const posted = await tenant.post('/v1/evaluations', asked);
      expect([posted.status, posted.body.error]).toEqual([201, null]);
      const evaluation = await tenant.bough.waitForEvaluation(posted.body.id as string);
      expect([evaluation.status, evaluation.progress]).toEqual(['succeeded', { done: 2, total: 2 }]);
      const trees = (await tenant.get(`/v1/runs/${run.id}/trajectories?step=2`)).body.data;
      expect(trees.length).toBe(8);

      const two = await tenant.post(
        '/v1/runs',
        service.arpo({
          evaluation: undefined,
          training: { steps: 6, prompts_per_step: 2, world_size: 2 },
          checkpoint: { every_steps: 1 },
        }),
      );
      const id = two.body.id as string;
      const ranks = () => descendants('ray::RayRank');
      await vi.waitFor(async () => expect((await tenant.get(`/v1/runs/${id}`)).body.progress.step).toBeGreaterThan(1), {
        timeout: LIMIT_MS,
        interval: 50,
      });
      const [, second] = await ranks();
      process.kill(second!, 'SIGKILL');
      const survivor = await tenant.bough.waitForRun(id);
      expect([survivor.status, survivor.error, survivor.progress.step]).toEqual(['succeeded', null, 6]);
      const { body: log } = await tenant.get(`/v1/runs/${id}/events`);
      expect(log.data.map(({ message }: { message: string }) => message)).toContainEqual(
        expect.stringMatching(/rank \d of 2 has died/),
      );
      expect(await ranks()).toEqual([]);
    } finally {
      await service.close();
    }
  },
  3 * LIMIT_MS,
);

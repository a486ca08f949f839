/** What every trainer has to do, one check each: what the protocol promises the worker, and nothing of how a trainer does it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trainsBy } from '../../src/protocol/capabilities.js';
import { encodeFrame } from '../../src/protocol/frames.js';
import { PROTOCOL_VERSION, type TrainerMessageOf } from '../../src/protocol/messages.js';
import { GROUP, PROMPTS, searchResult, weightsOf, type Material } from './material.js';
import { stepFaults, treeFaults } from './record-faults.js';
import { worth, type Answers, type Subject } from './subject.js';

export interface Surroundings {
  readonly material: Material;
  /** Another process of the trainer, which does not outlive its check. */
  readonly subject: (answers?: Answers) => Subject;
}

export interface Check {
  readonly name: string;
  /** What a trainer must be able to do for it. */
  readonly needs: readonly string[];
  /** @throws {Error} saying what the trainer does otherwise */
  readonly run: (surroundings: Surroundings) => Promise<void>;
}

/** How long a trainer may take to end when it is told to, or has nobody left: after that the worker kills it. */
const GRACE_MS = 5000;
/** Long enough for a trainer that does not wait to say that it is done. */
const UNANSWERED_MS = 2000;
const LESSON_STEPS = 40;
const FIRST_LESSONS = LESSON_STEPS / 2;
const sft = ['train', trainsBy('sft')];

export const checks: readonly Check[] = [
  {
    name: 'greets first, with its version and what it can do',
    needs: [],
    run: async ({ subject }) => {
      const trainer = subject();
      const { message, number } = await trainer.says('hello');
      equal(number, 1, 'the number of its first frame');
      equal(message.version, PROTOCOL_VERSION, 'the version in `hello`');
      ok(message.capabilities.length > 0, '`hello` names no capability');
      ok(Object.keys(message.fingerprint).length > 0, '`hello` has no fingerprint');
    },
  },
  {
    name: 'ends when the worker goes away',
    needs: [],
    run: async ({ subject }) => {
      const trainer = subject();
      await trainer.says('hello');
      trainer.hangUp();
      await within(GRACE_MS, trainer.exits(), 'its process still ran after the pipe had closed');
    },
  },
  {
    name: 'refuses another version of the protocol, and says which',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject();
      await trainer.start(material.lessons('version', 2), PROTOCOL_VERSION + 41);
      const last = await trainer.ends();
      equal(last.type, 'failed', 'its last word');
      const { message } = last as TrainerMessageOf<'failed'>;
      ok(message.includes(String(PROTOCOL_VERSION + 41)), `"${message}" does not name the worker's version`);
    },
  },
  {
    name: 'ends at bytes that are no frame',
    needs: [],
    run: async ({ subject }) => {
      const trainer = subject();
      await trainer.says('hello');
      trainer.write(Buffer.from([255, 255, 255, 255, 1, 2, 3, 4]));
      await within(GRACE_MS, trainer.exits(), 'its process still ran after bytes that mean nothing');
    },
  },
  {
    name: 'says what is wrong with a model that is not there',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject();
      await trainer.start(material.lessons('no-model', 2, { model_directory: join(material.folder, 'no-such-model') }));
      equal((await trainer.ends()).type, 'failed', 'its last word');
    },
  },
  {
    name: 'takes a frame that comes byte by byte, with fields that it does not know',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject();
      await trainer.says('hello');
      const job = { ...material.lessons('bytes', 2), a_field_of_the_future: { x: 1 } };
      const message = { type: 'start', version: PROTOCOL_VERSION, job, another_field: true };
      for (const byte of encodeFrame({ number: 1, message, arrays: {} })) trainer.write(Buffer.of(byte));
      await finishes(trainer);
    },
  },
  {
    name: 'trains on demonstrations: every step once and in order, checkpoints where they were asked for, the same weights again',
    needs: [...sft],
    run: async (surroundings) => {
      const { subject, material } = surroundings;
      const [first, last] = await lessons(surroundings);
      for (const directory of [first, last]) {
        for (const file of ['config.json', 'model.safetensors', 'tokenizer.json']) {
          ok(existsSync(join(directory, file)), `its checkpoint lacks ${file}`);
        }
      }
      const again = subject();
      await again.start(material.lessons('lessons-again', LESSON_STEPS));
      await finishes(again);
      equal(
        await weightsOf(checkpointOf(again, LESSON_STEPS)),
        await weightsOf(last),
        'the sha256 of the weights of a second run',
      );
    },
  },
  {
    name: 'goes on from a checkpoint, to the weights of an undisturbed run',
    needs: [...sft],
    run: async (surroundings) => {
      const { subject, material } = surroundings;
      const [directory, last] = await lessons(surroundings);
      const trainer = subject();
      const resume = { step: FIRST_LESSONS, directory };
      await trainer.start(material.lessons('lessons-resumed', LESSON_STEPS, { resume, attempt: 2 }));
      await finishes(trainer);
      sequence(trainer, FIRST_LESSONS + 1, LESSON_STEPS);
      equal(await weightsOf(checkpointOf(trainer, LESSON_STEPS)), await weightsOf(last), 'the sha256 of the weights');
    },
  },
  {
    name: 'is not done before all that it said has been stored',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject({ acknowledges: false });
      await trainer.start(material.lessons('unacknowledged', 2));
      await trainer.says('step');
      await sleep(UNANSWERED_MS);
      equal(trainer.all('done').length, 0, 'how often it said `done` before the first acknowledgement');
      const acknowledging = setInterval(() => trainer.acknowledge(), 50);
      await finishes(trainer).finally(() => clearInterval(acknowledging));
    },
  },
  {
    name: 'ends at once when it is cancelled',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject();
      await trainer.start(material.lessons('cancelled', 100_000));
      await trainer.says('step', ({ step }) => step >= 2);
      await stopsWhenCancelled(trainer);
    },
  },
  {
    name: 'pauses after the step that is under way, with a checkpoint of it',
    needs: [...sft],
    run: async ({ subject, material }) => {
      const trainer = subject();
      await trainer.start(material.lessons('paused', 100_000));
      await trainer.says('step', ({ step }) => step >= 2);
      trainer.send({ type: 'pause' });
      equal((await trainer.ends()).type, 'paused', 'its last word');
      const step = trainer.all('step').at(-1)!.message.step;
      ok(
        existsSync(join(checkpointOf(trainer, step), 'model.safetensors')),
        `its checkpoint of step ${step} has no weights`,
      );
    },
  },
  ...(['grpo', 'arpo'] as const).map((method): Check => ({
    name: `trains by ${method}: calls tools, asks for scores, and records each tree and update whole`,
    needs: ['train', ...['sft', method].map(trainsBy)],
    run: (surroundings) => trials(surroundings, method),
  })),
  {
    name: 'takes an answer without a score out of the update',
    needs: ['train', ...['sft', 'grpo'].map(trainsBy)],
    run: async (surroundings) => {
      const { subject, material } = surroundings;
      const [, policy] = await lessons(surroundings);
      const trainer = subject({
        score: ({ responses }) =>
          responses.map((_, i) => (i === 0 ? { status: 'infra_error', message: 'the judge is away' } : worth(i % 2))),
      });
      await trainer.start(material.trials('without-score', 'grpo', 1, { model_directory: policy }));
      await trainer.ends();
      const told = trainer.all('tree').flatMap(({ message }) => message.trajectories);
      const lost = told.filter(({ reward_status: status }) => status === 'infra_error');
      ok(lost.length > 0, 'no trajectory has reward_status infra_error');
      ok(
        lost.every(({ reward, advantage }) => reward === null && advantage === null),
        'one has a reward or an advantage',
      );
    },
  },
  {
    name: 'ends when it is cancelled while a tool has not answered',
    needs: ['train', ...['sft', 'grpo'].map(trainsBy)],
    run: async (surroundings) => {
      const { subject, material } = surroundings;
      const [, policy] = await lessons(surroundings);
      const trainer = subject({ callsTools: false });
      await trainer.start(material.trials('unanswered', 'grpo', 1, { model_directory: policy }));
      await trainer.says('tool_call');
      await stopsWhenCancelled(trainer);
    },
  },
  {
    name: 'checks a model, and says what it is',
    needs: ['check_model'],
    run: async ({ subject, material }) => {
      const trainer = subject();
      const directory = join(material.folder, 'model');
      await trainer.start({ kind: 'check_model', model_id: 'mdl_1', directory, weights: true });
      await finishes(trainer);
      equal(trainer.all('model_facts').length, 1, 'how often it said `model_facts`');
    },
  },
];

const learnt = new WeakMap<Material, Promise<[string, string]>>();

/** Where the checkpoints in the middle and at the end of the demonstrations are: the run is made once for all checks. */
function lessons({ subject, material }: Surroundings): Promise<[string, string]> {
  const known = learnt.get(material);
  if (known) return known;
  const made = (async (): Promise<[string, string]> => {
    const trainer = subject();
    await trainer.start(material.lessons('lessons', LESSON_STEPS));
    await finishes(trainer);
    sequence(trainer, 1, LESSON_STEPS);
    const said = trainer.all('checkpoint').map(({ message }) => [message.step, message.final]);
    equal(
      JSON.stringify(said),
      JSON.stringify([
        [FIRST_LESSONS, false],
        [LESSON_STEPS, true],
      ]),
      'its checkpoints',
    );
    return [checkpointOf(trainer, FIRST_LESSONS), checkpointOf(trainer, LESSON_STEPS)];
  })();
  learnt.set(material, made);
  return made;
}

async function trials(surroundings: Surroundings, method: 'arpo' | 'grpo'): Promise<void> {
  const { subject, material } = surroundings;
  const steps = 2;
  const [, policy] = await lessons(surroundings);
  const trainer = subject();
  await trainer.start(material.trials(method, method, steps, { model_directory: policy }));
  await finishes(trainer);
  sequence(trainer, 1, steps);
  const calls = trainer.all('tool_call').map(({ message }) => message);
  ok(calls.length > 0, 'it called no tool, though every demonstration does');
  equal(new Set(calls.map(({ call }) => call)).size, calls.length, 'how many ids its calls have');
  for (const [i, { call, previous }] of calls.entries()) {
    const before = new Set(calls.slice(0, i).map(({ call: id }) => id));
    ok(
      previous.every((id) => before.has(id)),
      `call ${call} follows calls that it had not made`,
    );
  }
  const answered = new Map(calls.map(({ call, input }) => [call, searchResult(input)]));
  const trees = trainer.all('tree');
  equal(trees.length, steps * PROMPTS, 'how many trees it said');
  const faults = trees.flatMap(({ message, arrays }) => {
    const at = `step ${message.step}, tree ${message.tree}: `;
    const count = message.trajectories.length;
    const few = count === GROUP ? [] : [`${count} trajectories, not ${GROUP}`];
    return [...few, ...treeFaults(message, arrays, answered)].map((fault) => at + fault);
  });
  for (const { message, arrays } of trainer.all('step')) {
    const own = trees.filter(({ message: { step } }) => step === message.step);
    const byPlace = new Map(own.map(({ message: tree }) => [tree.tree, tree]));
    faults.push(...stepFaults(message, arrays, byPlace).map((fault) => `step ${message.step}: ${fault}`));
  }
  ok(faults.length === 0, faults.slice(0, 5).join('\n      '));
}

/** It says that it has done its work, and ends. */
async function finishes(trainer: Subject): Promise<void> {
  const last = await trainer.ends();
  equal(JSON.stringify(last), JSON.stringify({ type: 'done', cancelled: false }), 'its last word');
}

/** It ends within its grace once it is cancelled, and says why. */
async function stopsWhenCancelled(trainer: Subject): Promise<void> {
  trainer.send({ type: 'cancel', reason: 'a check' });
  const last = await within(GRACE_MS, trainer.ends(), 'it had not ended after `cancel`');
  equal(JSON.stringify(last), JSON.stringify({ type: 'done', cancelled: true }), 'its last word');
}

/** Each step from one to another once, in order. */
function sequence(trainer: Subject, from: number, to: number): void {
  const expected = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  equal(
    trainer
      .all('step')
      .map(({ message }) => message.step)
      .join(),
    expected.join(),
    'its steps',
  );
}

function checkpointOf(trainer: Subject, step: number): string {
  const said = trainer.all('checkpoint').find(({ message }) => message.step === step);
  if (!said) throw new Error(`it said no checkpoint of step ${step}`);
  return said.message.directory;
}

async function within<T>(ms: number, work: Promise<T>, late: string): Promise<T> {
  const limit = sleep(ms, null, { ref: false }).then(() => {
    throw new Error(`${late} ${ms / 1000} s later`);
  });
  work.catch(() => undefined);
  return Promise.race([work, limit]);
}

function equal(found: unknown, expected: unknown, what: string): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)}, not ${String(expected)}`);
}

function ok(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** The trainer as the worker starts it: a process of its own that speaks over file descriptor 3 and does not outlive the pipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Channel } from '../src/protocol/channel.js';
import { runChecks } from '../bench/conformance/run-checks.js';
import { PROTOCOL_VERSION, TrainerMessage, type Job, type WorkerMessage } from '../src/protocol/messages.js';
import { nodeTrainer } from '../src/worker/trainer/trainer-process.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-trainer-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

function startTrainer() {
  const child = spawn(process.execPath, ['--import', './test/support/typescript.mjs', 'src/main.trainer.ts'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const complaints = text(child.stdio[2] as Readable);
  const heard: TrainerMessage[] = [];
  const worker = new Channel<TrainerMessage, WorkerMessage>(child.stdio[3] as Duplex, TrainerMessage, {
    onMessage: ({ message, number }) => {
      heard.push(message);
      if (message.type === 'model_facts') worker.send({ type: 'ack', number });
    },
    onClose: () => {},
  });
  const hello = () => vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 30_000 });
  return { worker, heard, hello, exited: once(child, 'exit'), complaints };
}

test('a trainer does one job and exits when the worker hangs up', async () => {
  const { worker, heard, hello, exited } = startTrainer();
  await hello();
  expect(heard[0]).toMatchObject({ type: 'hello', version: PROTOCOL_VERSION });
  expect(heard[0]).toHaveProperty('fingerprint.onnxruntime', expect.stringMatching(/^\d+\.\d+/));
  const job: Job = {
    kind: 'create_model',
    model_id: 'mdl_1',
    architecture: { layers: 1, hidden_size: 8, heads: 1, ffn_size: 8 },
    tokenizer: { texts: [], vocab_size: 300, added_tokens: [] },
    seed: 0,
    output_directory: join(folder, 'model'),
    threads: 1,
  };
  worker.send({ type: 'start', version: PROTOCOL_VERSION, job });
  await vi.waitFor(() => expect(heard).toContainEqual({ type: 'done', cancelled: false }), { timeout: 30_000 });
  expect(heard.map(({ type }) => type)).toContain('model_facts');
  worker.close();
  expect(await exited).toEqual([0, null]);
  expect((await readdir(join(folder, 'model'))).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});

test('a trainer that does not understand its job says what it is about and exits with an error', async () => {
  const { worker, hello, exited, complaints } = startTrainer();
  await hello();
  worker.send({ type: 'start', version: PROTOCOL_VERSION, job: { kind: 'train', spec: { method: 'arpo' } } as Job });
  expect(await exited).toEqual([1, null]);
  expect(await complaints).toMatch(
    /ProtocolError: a message of type start is not what the protocol says: .*\n.*at job/,
  );
});

test('Bough’s own trainer keeps the protocol', async () => {
  const script = await bundleTrainer();
  try {
    const verdicts = await runChecks({ command: nodeTrainer(script), only: '', limitMs: 60_000 }, () => undefined);
    expect(verdicts.filter(({ passed }) => passed !== true)).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(10);
  } finally {
    await removeBundle(script);
  }
}, 180_000);

test('a program that is no trainer keeps none of it, and what it did instead is said', async () => {
  const verdicts = await runChecks({ command: ['true'], only: 'greets', limitMs: 10_000 }, () => undefined);
  expect(verdicts).toMatchObject([{ passed: false, reason: 'it ended (code 0) before `hello` came' }]);
});

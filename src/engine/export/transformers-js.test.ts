/** Exported models as transformers.js loads them from a directory, offline: the same prompts and the same greedy answers as the engine's. */
import { cpuDevice } from '../device/cpu.js';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, env, type Tensor } from '@huggingface/transformers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderPrompt } from '../io/chat.js';
import { writeModelDirectory } from '../io/model-directory.js';
import { Tokenizer } from '../io/tokenizer.js';
import { trainTokenizer, writeTokenizer } from '../io/train-tokenizer.js';
import type { DecoderConfig } from '../models/config.js';
import { initialParameters } from '../models/initialise.js';
import { KeyValueStore, Policy } from '../index.js';
import { writeOnnxModel } from './onnx-model.js';

const NEW_TOKENS = 12;
const conversations = [
  [{ role: 'user', content: 'What is the area of Peru in km²?' }],
  [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Peru?\n\n½ of 12٣' },
  ],
];

interface Answer {
  prompt: number[];
  answer: number[];
}

let scratch: string;
let source: string;
let expected: Answer[];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'transformers-js-'));
  source = join(scratch, 'source');
  env.allowRemoteModels = false;
  env.localModelPath = scratch;
  const json = trainTokenizer(['What is the area of Peru?'], { vocabSize: 400, addedTokens: [], eosToken: '<eos>' });
  await writeTokenizer(source, json, '<eos>');
  const tokenizer = await Tokenizer.load(source);
  const eos = tokenizer.tokenId('<eos>')!;
  const config: DecoderConfig = {
    family: 'qwen3',
    vocabSize: tokenizer.vocabSize,
    hiddenSize: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    ffnSize: 48,
    rmsNormEps: 1e-6,
    ropeTheta: 10000,
    ropeScaling: null,
    tieEmbeddings: false,
    qkvBias: false,
    qkNorm: true,
    maxPositions: 128,
    eosTokenIds: [eos],
    bosTokenId: null,
    padTokenId: eos,
  };
  const parameters = initialParameters(config, 8);
  await writeModelDirectory(source, { config, parameters, dtype: 'float32', tokenizerDirectory: source });
  expected = await engineAnswers();
});
afterAll(() => rm(scratch, { recursive: true }));

const range = (from: number, count: number) => Int32Array.from({ length: count }, (_, i) => from + i);

/** The engine's prompts and what it says to them, token by token. */
async function engineAnswers(): Promise<Answer[]> {
  const tokenizer = await Tokenizer.load(source);
  const policy = await Policy.load(source, { device: cpuDevice(1) });
  const answers: Answer[] = [];
  for (const messages of conversations) {
    const prompt = [...tokenizer.encodeParts(renderPrompt(tokenizer, messages, { addGenerationPrompt: true }).parts)];
    const store = new KeyValueStore(policy.config);
    const answer: number[] = [];
    let seen = 0;
    let fresh = prompt;
    while (answer.length < NEW_TOKENS) {
      const row = { tokens: Int32Array.from(fresh), prefix: range(0, seen), slots: range(seen, fresh.length) };
      const logits = await policy.extend(store, [row]);
      seen += fresh.length;
      fresh = [logits.indexOf(Math.max(...logits))];
      answer.push(...fresh);
    }
    answers.push({ prompt, answer });
  }
  await policy.close();
  return answers;
}

async function generated(name: string, batch: typeof conversations): Promise<Answer[]> {
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForCausalLM.from_pretrained(name);
  tokenizer.padding_side = 'left';
  const texts = batch.map((messages) =>
    tokenizer.apply_chat_template(messages, { add_generation_prompt: true, tokenize: false }),
  );
  const inputs = tokenizer(texts, { padding: true, add_special_tokens: false }) as {
    input_ids: Tensor;
    attention_mask: Tensor;
  };
  const options = { max_new_tokens: NEW_TOKENS, min_new_tokens: NEW_TOKENS, do_sample: false };
  const output = (await model.generate({ ...inputs, ...options })) as Tensor;
  await model.dispose();
  const length = inputs.input_ids.dims[1]!;
  const mask = inputs.attention_mask.tolist() as bigint[][];
  return (output.tolist() as bigint[][]).map((row, b) => ({
    prompt: row.slice(mask[b]!.indexOf(1n), length).map(Number),
    answer: row.slice(length).map(Number),
  }));
}

test.each(['float32', 'float16'] as const)(
  'transformers.js answers as the engine does, alone and in a padded batch (%s)',
  async (dtype) => {
    await writeOnnxModel(source, join(scratch, dtype), { dtype });
    for (const [i, conversation] of conversations.entries()) {
      expect(await generated(dtype, [conversation])).toEqual([expected[i]]);
    }
    expect(await generated(dtype, conversations)).toEqual(expected);
  },
);

test('it finds the chat template of a model that has it in a file of its own', async () => {
  const from = join(scratch, 'jinja source');
  await cp(source, from, { recursive: true });
  const path = join(from, 'tokenizer_config.json');
  const { chat_template: template, ...rest } = JSON.parse(await readFile(path, 'utf8')) as { chat_template: string };
  await writeFile(path, JSON.stringify(rest));
  await writeFile(join(from, 'chat_template.jinja'), template);
  await writeOnnxModel(from, join(scratch, 'jinja'), { dtype: 'float32' });
  expect(await generated('jinja', conversations.slice(0, 1))).toEqual(expected.slice(0, 1));
});

/**
 * `npm run interop:js -- --model DIR`: exports a Hugging Face directory as ONNX, in float32 and float16, and has other programs answer prompts with it: the
 * token ids of the prompts and of the greedy answers must be the engine's, in float16 up to the first choice that is too close to call. transformers.js always
 * takes part.
 *
 *   --numbers FILE [--weights f32|bf16]   prompts with the ids that PyTorch gave for them, as `npm run golden` takes them
 *   --genai PYTHON                        a Python with onnxruntime-genai takes part
 *
 * Prints each comparison and `N passed, N failed`; exits with 1 when one failed.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { AutoModelForCausalLM, AutoTokenizer, env, Tensor } from '@huggingface/transformers';
import { pathDecoder } from '../../bench/golden/compare.js';
import { writeOnnxModel } from '../../src/engine/export/onnx-model.js';
import { renderChatTemplate } from '../../src/engine/io/chat-template.js';
import { Tokenizer } from '../../src/engine/io/tokenizer.js';
import { cpuDevice, Policy } from '../../src/engine/index.js';

const NEW_TOKENS = 24;
/** Between the logits of the two best tokens; half precision moves a logit by up to 0.03. */
const MARGIN = 0.05;
const QUESTIONS = ['What is the capital of France?', 'Name three colours.\n\n1.', 'What is ½ of 3²? Antwort: „1½“ 🙂'];

/** A prompt as text and ids, and the greedy answer to it without the token that ends it. */
interface Exchange {
  name: string;
  text: string;
  ids: number[];
  answer: number[];
  /** How many tokens of the answer half precision must choose too: those before the first choice by less than MARGIN. */
  sure: number;
}

type Program = (exchanges: readonly Exchange[], directory: string) => Promise<{ ids: number[]; answer: number[] }[]>;

interface Prompt {
  name: string;
  text: string;
  /** What PyTorch makes of it. */
  truth?: { ids: number[]; answer: number[] };
}

interface Numbers {
  prompts: ({ name: string; text: string; ids: number[] } & Record<'f32' | 'bf16', { greedy: { ids: number[] } }>)[];
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    numbers: { type: 'string' },
    weights: { type: 'string', default: 'bf16' },
    genai: { type: 'string' },
  },
});
if (values.model === undefined) {
  console.error('usage: npm run interop:js -- --model DIR [--numbers FILE [--weights f32|bf16]] [--genai PYTHON]');
  process.exit(2);
}
const weights = values.weights === 'f32' ? 'f32' : 'bf16';
const numbers = values.numbers === undefined ? null : (JSON.parse(await readFile(values.numbers, 'utf8')) as Numbers);

let passed = 0;
let failed = 0;
function same(what: string, actual: readonly number[], expected: readonly number[]): void {
  const good = actual.join() === expected.join();
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what} (${expected.length} ids)`);
  if (!good) console.log(`     expected ${expected.join()}\n     got      ${actual.join()}`);
}

/** Up to the token that ends an answer. */
function untilEnd(ids: readonly number[], ends: readonly number[]): number[] {
  const end = ids.findIndex((id) => ends.includes(id));
  return ids.slice(0, end === -1 ? ids.length : end);
}

/** What the engine answers. Where there are numbers, they are compared with it. */
async function engineExchanges(directory: string): Promise<{ exchanges: Exchange[]; ends: number[] }> {
  const tokenizer = await Tokenizer.load(directory);
  const policy = await Policy.load(directory, { device: cpuDevice(0) });
  const ends = policy.config.eosTokenIds;
  const asked = (content: string) =>
    renderChatTemplate(tokenizer, [{ role: 'user', content }], { addGenerationPrompt: true });
  const prompts: Prompt[] =
    numbers?.prompts.map(({ name, text, ids, [weights]: { greedy } }) => ({
      name,
      text,
      truth: { ids, answer: untilEnd(greedy.ids.slice(0, NEW_TOKENS), ends) },
    })) ?? QUESTIONS.map((question, i) => ({ name: `question ${i + 1}`, text: asked(question) }));
  const exchanges: Exchange[] = [];
  for (const { name, text, truth } of prompts) {
    const ids = [...tokenizer.encode(text, { allowSpecial: true })];
    const feed = pathDecoder(policy);
    const said: number[] = [];
    let sure = Infinity;
    for (let logits = await feed(ids); said.length < NEW_TOKENS; logits = await feed(said.slice(-1))) {
      const [best, next] = logits.toSorted().slice(-2).toReversed() as unknown as [number, number];
      if (best - next < MARGIN) sure = Math.min(sure, said.length);
      said.push(logits.indexOf(best));
      if (ends.includes(said.at(-1)!)) break;
    }
    const answer = untilEnd(said, ends);
    exchanges.push({ name, text, ids, answer, sure });
    if (!truth) continue;
    same(`engine: ${name}: prompt as in PyTorch`, ids, truth.ids);
    same(`engine: ${name}: answer as in PyTorch`, answer, truth.answer);
  }
  await policy.close();
  return { exchanges, ends };
}

const transformersJs: Program = async (exchanges, directory) => {
  const tokenizer = await AutoTokenizer.from_pretrained(directory);
  const model = await AutoModelForCausalLM.from_pretrained(directory);
  const answers = [];
  for (const { text, ids } of exchanges) {
    const input_ids = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const attention_mask = new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
    const options = { max_new_tokens: NEW_TOKENS, do_sample: false };
    const output = (await model.generate({ input_ids, attention_mask, ...options })) as Tensor;
    const [row] = output.tolist() as bigint[][];
    const encoded: number[] = tokenizer.encode(text, { add_special_tokens: false });
    answers.push({ ids: encoded, answer: row!.slice(ids.length).map(Number) });
  }
  await model.dispose();
  return answers;
};

/** Runs onnx-genai.py, which speaks JSON. */
function genai(python: string): Program {
  return async (exchanges, directory) => {
    const script = join(import.meta.dirname, 'onnx-genai.py');
    const input = JSON.stringify({ directory: join(env.localModelPath, directory), exchanges, new_tokens: NEW_TOKENS });
    const { stdout, stderr } = await promisify(execFile)(python, [script, input], { maxBuffer: 1 << 26 });
    if (stderr !== '') console.error(stderr);
    return JSON.parse(stdout) as { ids: number[]; answer: number[] }[];
  };
}

const programs: [string, Program][] = [['transformers.js', transformersJs]];
if (values.genai !== undefined) programs.push(['onnxruntime-genai', genai(values.genai)]);

const scratch = await mkdtemp(join(tmpdir(), 'interop-'));
env.allowRemoteModels = false;
env.localModelPath = scratch;
try {
  const { exchanges, ends } = await engineExchanges(values.model);
  for (const dtype of ['float32', 'float16'] as const) {
    await writeOnnxModel(values.model, join(scratch, dtype), { dtype });
    for (const [program, answersOf] of programs) {
      const answers = await answersOf(exchanges, dtype);
      if (answers.length !== exchanges.length) {
        throw new Error(`${program}, ${dtype}: ${answers.length} answers to ${exchanges.length} prompts`);
      }
      for (const [i, { ids, answer }] of answers.entries()) {
        const { name, ...expected } = exchanges[i]!;
        same(`${program}, ${dtype}: ${name}: prompt`, ids, expected.ids);
        const sure = dtype === 'float16' ? expected.sure : Infinity;
        if (sure === 0) {
          console.log(`-    ${program}, ${dtype}: ${name}: the first choice is too close to call`);
          continue;
        }
        const [said, wanted] = [untilEnd(answer, ends), expected.answer].map((all) => all.slice(0, sure)) as [
          number[],
          number[],
        ];
        same(`${program}, ${dtype}: ${name}: answer`, said, wanted);
      }
    }
  }
} finally {
  await rm(scratch, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

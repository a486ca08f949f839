/** The sections of the interop test: each writes an export as the service does, has transformers load it, and compares. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAdapterDirectory } from '../../src/engine/io/adapter-directory.js';
import { renderChatTemplate } from '../../src/engine/io/chat-template.js';
import { renderPrompt } from '../../src/engine/io/chat.js';
import { writeModelDirectory } from '../../src/engine/io/model-directory.js';
import { Tokenizer } from '../../src/engine/io/tokenizer.js';
import { ADAPTABLE_MODULES, initialAdapter } from '../../src/engine/models/adapter.js';
import { withMergedParameters } from '../../src/engine/io/merge-adapter.js';
import { cpuDevice, Policy, type Adapter } from '../../src/engine/index.js';
import { normal, uniform } from '../../src/engine/random.js';
import type { ExportModelJob } from '../../src/protocol/messages.js';
import type { ExportDtype } from '../../src/spec/enums.js';
import { ADAPTER_FOLDER } from '../../src/trainer/model/checkpoint.js';
import { writeExport } from '../../src/trainer/jobs/export-model.js';
import { ourAnswer, type OurAnswer } from './ours.js';
import { askPeer, type PeerAnswer } from './peer.js';
import type { Scoreboard } from './scoreboard.js';
import { conversations, tokenizerTexts } from './texts.js';

/** Between two correct implementations in float32 on the same weights. */
const LOGIT_BOUND = 5e-4;
const GREEDY_TOKENS = 24;
const BASE_MODEL = 'HuggingFaceTB/SmolLM2-135M-Instruct';

export interface Bench {
  /** A Hugging Face directory. */
  model: string;
  interpreter: string;
  scratch: string;
  threads: number;
  board: Scoreboard;
}

/** An export of the model in this type, as the service writes it. */
export async function exportAs({ model, scratch }: Bench, dtype: ExportDtype): Promise<string> {
  const output = join(scratch, dtype);
  await writeExport(exportJob(model, output, 'huggingface', dtype));
  return output;
}

/** Weights: our logits and continuations against those of transformers, from the same file. */
export async function checkWeights(bench: Bench, directory: string, dtype: ExportDtype): Promise<void> {
  const { board } = bench;
  board.section(`huggingface, ${dtype}`);
  const tokenizer = await Tokenizer.load(directory);
  const sequences = prompts(tokenizer);
  const ours = await answersOf(await Policy.load(directory, { device: cpuDevice(bench.threads) }), sequences);
  const peer = await askPeer(bench.interpreter, bench.scratch, { directory, sequences, greedyTokens: GREEDY_TOKENS });
  board.check({ what: 'type that transformers reads from config.json', found: peer.dtype ?? '', expected: dtype });
  board.check({ what: 'tensors missing or unexpected', found: peer.unmatched?.length ?? NaN, expected: 0 });
  board.check({
    what: 'library in the model card',
    found: String(peer.card?.['library_name']),
    expected: 'transformers',
  });
  compareAnswers(board, ours, peer);
}

/** The tokenizer and its chat template. */
export async function checkTokenizer(bench: Bench, directory: string, title: string): Promise<void> {
  const { board } = bench;
  board.section(title);
  const tokenizer = await Tokenizer.load(directory);
  const texts = tokenizerTexts(await controlTokens(directory));
  const peer = await askPeer(bench.interpreter, bench.scratch, { directory, texts, conversations });
  const of = `of ${texts.length} texts`;
  board.check({
    what: 'what the tokenizer makes for a model',
    found: peer.inputs.join(),
    expected: 'attention_mask,input_ids',
  });
  const plain = texts.map((text) => tokenizer.encode(text, { allowSpecial: false }));
  const special = texts.map((text) => tokenizer.encode(text, { allowSpecial: true }));
  board.check({ what: `${of}, wrong ids as plain text`, found: differing(plain, peer.plain_ids), expected: 0 });
  board.check({ what: `${of}, wrong ids with control tokens`, found: differing(special, peer.ids), expected: 0 });
  const decoded = plain.map((ids) => tokenizer.decode(ids));
  board.check({ what: `${of}, wrong when decoded`, found: differing(decoded, peer.texts), expected: 0 });
  const rendered = conversations.map(({ messages, add_generation_prompt }) =>
    renderChatTemplate(tokenizer, messages, { addGenerationPrompt: add_generation_prompt }),
  );
  const rows = conversations.map(({ messages, add_generation_prompt }) =>
    tokenizer.encodeParts(renderPrompt(tokenizer, messages, { addGenerationPrompt: add_generation_prompt }).parts),
  );
  const chats = `of ${conversations.length} conversations`;
  board.check({ what: `${chats}, rendered otherwise`, found: differing(rendered, peer.prompts), expected: 0 });
  board.check({ what: `${chats}, wrong ids`, found: differing(rows, peer.prompt_ids), expected: 0 });
}

/** A source whose tokenizer_config.json names a class that transformers 5 builds anew: the export must not. */
export async function checkRenamedTokenizer(bench: Bench, directory: string): Promise<void> {
  const source = join(bench.scratch, 'gpt2-class');
  await cp(bench.model, source, { recursive: true });
  const path = join(source, 'tokenizer_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, tokenizer_class: 'GPT2Tokenizer' }));
  const output = join(bench.scratch, 'from-gpt2-class');
  await writeExport(exportJob(source, output, 'huggingface', 'bfloat16'));
  await checkTokenizer(bench, output, 'tokenizer of a source that names GPT2Tokenizer');
  const texts = tokenizerTexts(await controlTokens(directory));
  const [before, after] = await Promise.all(
    [source, output].map((one) => askPeer(bench.interpreter, bench.scratch, { directory: one, texts })),
  );
  const wrong = differing(before!.plain_ids, after!.plain_ids);
  bench.board.check({ what: 'the source itself is read otherwise', found: wrong > 0 ? 'yes' : 'no', expected: 'yes' });
}

/**
 * An adapter beside its base model in PEFT, against our logits with the adapter beside the weights and merged into them.
 * @returns the checkpoint in which it is merged
 */
export async function checkAdapter(bench: Bench, base: string): Promise<string> {
  const { board, scratch, threads } = bench;
  board.section('peft, float32');
  const sequences = prompts(await Tokenizer.load(base));
  const plain = await Policy.load(base, { device: cpuDevice(threads) });
  const adapted = plain.withAdapter(randomAdapter(plain));
  const checkpoint = join(scratch, 'checkpoint');
  const { config, adapter } = adapted;
  await mkdir(checkpoint);
  const carried = { tokenizerDirectory: base, sourceDirectory: base };
  await withMergedParameters(adapted, (parameters) =>
    writeModelDirectory(checkpoint, { config, parameters, dtype: 'float32', ...carried }),
  );
  await writeAdapterDirectory(join(checkpoint, ADAPTER_FOLDER), adapter!, BASE_MODEL);
  const before = await answersOf(plain, sequences);
  const beside = await answersOf(adapted, sequences);
  const merged = await answersOf(await Policy.load(checkpoint, { device: cpuDevice(threads) }), sequences);
  const directory = join(scratch, 'adapter');
  await writeExport(exportJob(checkpoint, directory, 'peft', 'float32'));
  const peer = await askPeer(bench.interpreter, scratch, { directory, base, sequences, greedyTokens: GREEDY_TOKENS });
  board.check({ what: 'library in the model card', found: String(peer.card?.['library_name']), expected: 'peft' });
  const effect = Math.max(...before.map(({ logits }, i) => worst(logits, beside[i]!.logits)));
  board.check({ what: 'the adapter changes the logits', found: effect > 1 ? 'yes' : `by ${effect}`, expected: 'yes' });
  compareAnswers(board, beside, peer, 'adapter beside the weights, ');
  compareAnswers(board, merged, peer, 'adapter merged, ');
  return checkpoint;
}

/** Weights that the shorter types cannot hold, rounded by us and by PyTorch. @param whole directory of a model in float32 */
export async function checkRounding({ board, scratch, interpreter }: Bench, whole: string): Promise<void> {
  board.section('rounding');
  for (const dtype of ['bfloat16', 'float16'] as const) {
    const directory = join(scratch, `rounded-${dtype}`);
    await writeExport(exportJob(whole, directory, 'huggingface', dtype));
    const peer = await askPeer(interpreter, scratch, { directory, roundedFrom: whole });
    const found = peer.rounded_otherwise?.length ?? NaN;
    board.check({ what: `tensors that PyTorch rounds otherwise to ${dtype}`, found, expected: 0 });
    await rm(directory, { recursive: true });
  }
}

/** Both matrices random: a new adapter's zeros would change nothing. */
function randomAdapter({ config }: Policy): Adapter {
  const settings = { rank: 8, alpha: 16, dropout: 0, targetModules: ADAPTABLE_MODULES };
  const parameters = initialAdapter(config, settings, (p, i) => uniform(5, p, i));
  [...parameters].forEach(([name, { data }], p) => {
    if (name.endsWith('.lora_B.weight')) data.forEach((_, i) => (data[i] = 0.01 * normal(7, p, i)));
  });
  return { config: settings, parameters };
}

function exportJob(
  model: string,
  output: string,
  format: ExportModelJob['format'],
  dtype: ExportDtype,
): ExportModelJob {
  return {
    kind: 'export_model',
    export_id: 'exp_interop',
    model_directory: model,
    format,
    dtype,
    origin: { model: 'mdl_interop', name: 'interop', base_model: BASE_MODEL, service_version: '0' },
    output_directory: output,
    threads: 0,
  };
}

/** A chat, prose, and a text of many bytes. */
function prompts(tokenizer: Tokenizer): number[][] {
  const chat = [{ role: 'user', content: 'What is the capital of France? Answer in one word.' }];
  return [
    tokenizer.encodeParts(renderPrompt(tokenizer, chat, { addGenerationPrompt: true }).parts),
    tokenizer.encode('Photosynthesis is the process by which plants', { allowSpecial: false }),
    tokenizer.encode('Ünïcödé: 東京 7°C 🌧 →\n\n1. ', { allowSpecial: false }),
  ].map((ids) => Array.from(ids));
}

async function answersOf(policy: Policy, sequences: readonly (readonly number[])[]): Promise<OurAnswer[]> {
  const answers: OurAnswer[] = [];
  for (const ids of sequences) answers.push(await ourAnswer(policy, ids, GREEDY_TOKENS));
  await policy.close();
  return answers;
}

function compareAnswers(board: Scoreboard, ours: readonly OurAnswer[], peer: PeerAnswer, prefix = ''): void {
  ours.forEach(({ logits, greedy }, i) => {
    const found = worst(logits, peer.logits[i]!);
    board.check({ what: `${prefix}prompt ${i + 1}: largest difference of a logit`, found, expected: LOGIT_BOUND });
    const wrong = differing(greedy, peer.greedy![i]!);
    board.check({
      what: `${prefix}prompt ${i + 1}: wrong tokens of the greedy continuation`,
      found: wrong,
      expected: 0,
    });
  });
}

/** Infinite where they have not the same length. */
function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

type Comparable = string | number | ArrayLike<number>;

/** How many elements differ, those that only one list has included. */
function differing(a: ArrayLike<Comparable>, b: ArrayLike<Comparable>): number {
  const key = (value: Comparable | undefined) =>
    typeof value === 'object' ? Array.from(value).join() : value === undefined ? undefined : `${value}`;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => key(a[i]) === key(b[i])).filter((same) => !same)
    .length;
}

async function controlTokens(directory: string): Promise<string[]> {
  const { added_tokens } = JSON.parse(await readFile(join(directory, 'tokenizer.json'), 'utf8')) as {
    added_tokens: { content: string; special: boolean }[];
  };
  return added_tokens.filter(({ special }) => special).map(({ content }) => content);
}

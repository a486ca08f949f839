/** Asks transformers and PEFT about a directory, in a process of its own. Compares nothing. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SafetensorsFile } from '../../src/engine/io/safetensors.js';
import { run } from '../../bench/harness/python.js';
import type { Conversation } from './texts.js';

export interface PeerRequest {
  directory: string;
  /** Where the directory is an adapter's: that of the model to which it belongs. */
  base?: string;
  /** A float32 export of which the directory is to be the rounding that PyTorch makes. */
  roundedFrom?: string;
  texts?: readonly string[];
  conversations?: readonly Conversation[];
  /** Token ids, of which logits and a greedy continuation are asked for. */
  sequences?: readonly (readonly number[])[];
  greedyTokens?: number;
}

export interface PeerAnswer {
  /** What the tokenizer makes for a model. */
  inputs: string[];
  /** Of the texts, their special tokens recognised. */
  ids: number[][];
  /** Of the texts, all of it plain text. */
  plain_ids: number[][];
  /** From `plain_ids` back. */
  texts: string[];
  prompts: string[];
  prompt_ids: number[][];
  /** What follows is there if sequences were asked about. */
  dtype?: string;
  /** Tensors of the model that were not in the file, or the other way round. */
  unmatched?: string[];
  greedy?: number[][];
  /** Tensors that PyTorch rounds to other bits. */
  rounded_otherwise?: string[];
  /** The model card's front matter. */
  card?: Record<string, unknown>;
  /** Per sequence [T·V]. */
  logits: Float32Array[];
}

/** @param scratch a folder for what is said to and fro */
export async function askPeer(interpreter: string, scratch: string, request: PeerRequest): Promise<PeerAnswer> {
  const {
    directory,
    base = null,
    roundedFrom = null,
    texts = [],
    conversations = [],
    sequences = [],
    greedyTokens = 0,
  } = request;
  const folder = await mkdtemp(join(scratch, 'ask-'));
  const question = join(folder, 'request.json');
  await writeFile(
    question,
    JSON.stringify({
      directory,
      base,
      rounded_from: roundedFrom,
      texts,
      conversations,
      sequences,
      greedy_tokens: greedyTokens,
    }),
  );
  await run(interpreter, [join(import.meta.dirname, 'peer.py'), question, folder]);
  const answer = JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8')) as Omit<PeerAnswer, 'logits'>;
  return { ...answer, logits: sequences.length > 0 ? await readLogits(folder, sequences.length) : [] };
}

async function readLogits(folder: string, count: number): Promise<Float32Array[]> {
  const file = await SafetensorsFile.open(join(folder, 'logits.safetensors'));
  const logits: Float32Array[] = [];
  for (let i = 0; i < count; i++) logits.push((await file.readFloat32(String(i))).data);
  await file.close();
  return logits;
}

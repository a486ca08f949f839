/** Makes a new model: a tokenizer (trained, or taken from another model) and random weights, as a Hugging Face directory. */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  initialParameters,
  Tokenizer,
  trainTokenizer,
  writeModelDirectory,
  writeTokenizer,
  type DecoderConfig,
} from '../../engine/index.js';
import type { CreateModelJob } from '../../protocol/messages.js';
import { examineModel } from './check-model.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';

const EOS = '<eos>';
const CHUNK_BYTES = 1 << 20;

export async function createModel(job: CreateModelJob, link: Link): Promise<void> {
  const { tokenizer: source, output_directory: output } = job;
  link.phase('tokenizer', 0, 1);
  if (!('directory' in source)) {
    const training = { vocabSize: source.vocab_size, addedTokens: source.added_tokens, eosToken: EOS };
    await writeTokenizer(output, trainTokenizer(textsIn(source.texts), training), EOS);
  }
  const tokenizerDirectory = 'directory' in source ? source.directory : output;
  const config = configOf(job.architecture, await Tokenizer.load(tokenizerDirectory));
  link.phase('weights', 0, 1);
  const parameters = initialParameters(config, job.seed);
  await writeModelDirectory(output, { config, parameters, dtype: 'float32', tokenizerDirectory });
  const { warnings, ...facts } = await examineModel(output);
  const short = 'directory' in source ? [] : vocabularyWarnings(source.vocab_size, facts.vocab_size);
  await link.store({ type: 'model_facts', facts: { ...facts, warnings: [...short, ...warnings] } });
}

function vocabularyWarnings(asked: number, made: number): string[] {
  if (made >= asked) return [];
  return [
    `The tokenizer has ${made} tokens and not the ${asked} that were asked for: there is nothing more to merge in its texts`,
  ];
}

function configOf(architecture: CreateModelJob['architecture'], tokenizer: Tokenizer): DecoderConfig {
  const { family = 'llama', heads, hidden_size: hiddenSize } = architecture;
  const eos = tokenizer.tokenId(tokenizer.specialTokens['eos_token'] ?? EOS);
  if (eos === undefined) {
    const remedy = 'name its eos_token in tokenizer_config.json';
    throw new TrainerFailure('tokenizer_without_end', `The tokenizer has no end-of-sequence token: ${remedy}`);
  }
  return {
    family,
    vocabSize: tokenizer.vocabSize,
    hiddenSize,
    layers: architecture.layers,
    heads,
    kvHeads: architecture.kv_heads ?? heads,
    headDim: architecture.head_dim ?? hiddenSize / heads,
    ffnSize: architecture.ffn_size,
    rmsNormEps: architecture.rms_norm_eps ?? 1e-5,
    ropeTheta: architecture.rope_theta ?? 10_000,
    ropeScaling: null,
    tieEmbeddings: architecture.tie_embeddings ?? true,
    qkvBias: family === 'qwen2',
    qkNorm: family === 'qwen3',
    maxPositions: architecture.max_positions ?? 4096,
    eosTokenIds: [eos],
    bosTokenId: null,
    padTokenId: eos,
  };
}

/** Texts from files of JSON strings, one a line; read in pieces, because counting words is synchronous and files may be large. */
function* textsIn(paths: readonly string[]): Generator<string> {
  for (const path of paths) for (const line of linesIn(path)) if (line !== '') yield JSON.parse(line) as string;
}

function* linesIn(path: string): Generator<string> {
  const file = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const decoder = new TextDecoder();
  try {
    let rest = '';
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.decode(chunk.subarray(0, read), { stream: true })).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(file);
  }
}

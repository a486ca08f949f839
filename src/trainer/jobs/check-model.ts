/**
 * Says whether a Hugging Face directory can be trained on, and what is in it. Reads its weights once, to see that they are numbers: what these
 * are worth nobody can tell. A tied model with an output layer of its own has its configuration changed to say so.
 */
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ChatTemplateError,
  ModelFormatError,
  readJson,
  readModelConfig,
  Tokenizer,
  WeightFiles,
  withinTime,
  type DecoderConfig,
} from '../../engine/index.js';
import type { CheckModelJob } from '../../protocol/messages.js';
import type { ModelArchitecture, ModelFacts } from '../../spec/model-spec.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import { doubtsAbout, tokenizerDoubts } from '../model/model-doubts.js';
import { Renderer } from '../model/render.js';

const UNTIED =
  'config.json says "tie_word_embeddings": true, and the weights have an "lm_head.weight" of their own that differs from the embedding: it is kept, and the configuration changed';

export async function checkModel({ directory, weights }: CheckModelJob, link: Link): Promise<void> {
  link.phase('check', 0, 1);
  try {
    if (weights) await link.store({ type: 'model_facts', facts: await examineModel(directory) });
    else await examineLanguage(directory);
  } catch (error) {
    if (!(error instanceof ModelFormatError || error instanceof ChatTemplateError)) throw error;
    // Where the files lie on the worker's machine is nothing to a user.
    const message = error.message.replaceAll(`${directory}: `, '').replaceAll(`${directory}/`, '');
    throw new TrainerFailure('model_unreadable', message, { cause: error });
  }
}

/** @throws {ModelFormatError | ChatTemplateError} naming what is missing, wrong or not supported */
export async function examineModel(directory: string): Promise<ModelFacts> {
  const { config, tokenizer } = await examineLanguage(directory);
  if (config.tieEmbeddings && (await hasOwnHead(directory, config))) {
    await untie(directory);
    const { warnings, ...facts } = await examineModel(directory);
    return { ...facts, warnings: [UNTIED, ...warnings] };
  }
  const weights = await WeightFiles.open(directory, config);
  try {
    await weights.checkValues();
    const [dtype, ...others] = weights.dtypes;
    return {
      architecture: architectureOf(config),
      parameters: weights.parameterCount,
      dtype: dtype === undefined || others.length > 0 ? 'mixed' : dtype,
      vocab_size: config.vocabSize,
      context_length: config.maxPositions,
      has_chat_template: tokenizer.chatTemplate !== null,
      warnings: [
        ...tokenizerDoubts(tokenizer, await readdir(directory), config.eosTokenIds),
        ...(tokenizer.chatTemplate === null ? [] : doubtsAbout(new Renderer(tokenizer, config.eosTokenIds, null))),
      ],
    };
  } finally {
    await weights.close();
  }
}

async function hasOwnHead(directory: string, config: DecoderConfig): Promise<boolean> {
  const weights = await WeightFiles.open(directory, config);
  try {
    return await weights.hasOwnHead();
  } finally {
    await weights.close();
  }
}

/** As transformers takes it: an output layer that was trained for itself is not thrown away for what the configuration says. */
async function untie(directory: string): Promise<void> {
  const path = join(directory, 'config.json');
  const config = { ...(await readJson(path)), tie_word_embeddings: false };
  // Beside it first: the file may be a link to what is stored.
  await writeFile(`${path}.untied`, `${JSON.stringify(config, null, 2)}\n`);
  await rename(`${path}.untied`, path);
}

/** Configuration and tokenizer, and that they go together. */
async function examineLanguage(directory: string): Promise<{ config: DecoderConfig; tokenizer: Tokenizer }> {
  const config = await readModelConfig(directory);
  if (!(await readdir(directory)).includes('tokenizer.json')) {
    throw new ModelFormatError(
      'tokenizer.json is missing: save the tokenizer with save_pretrained of a fast tokenizer in transformers',
    );
  }
  const tokenizer = await Tokenizer.load(directory);
  if (config.vocabSize < tokenizer.vocabSize) {
    throw new ModelFormatError(
      `config.json: "vocab_size" ${config.vocabSize} is smaller than the tokenizer's ${tokenizer.vocabSize}: resize the model's embedding, or bring the tokenizer that it was trained with`,
    );
  }
  const beyond = config.eosTokenIds.find((id) => id >= config.vocabSize);
  if (beyond !== undefined) {
    throw new ModelFormatError(`"eos_token_id" ${beyond} is beyond the vocabulary of ${config.vocabSize}`);
  }
  withinTime(() => checkPrompts(tokenizer, config));
  return { config, tokenizer };
}

/** That an answer has an end, and that a chat template, where there is one, makes a prompt of a question. */
function checkPrompts(tokenizer: Tokenizer, config: DecoderConfig): void {
  const named = tokenizer.specialTokens['eos_token'];
  if (config.eosTokenIds.length === 0 && named === undefined) {
    throw new ModelFormatError(
      'neither "eos_token" in tokenizer_config.json or special_tokens_map.json nor "eos_token_id" in config.json names the token that ends an answer',
    );
  }
  if (config.eosTokenIds.length === 0 && named !== undefined && tokenizer.tokenId(named) === undefined) {
    throw new ModelFormatError(
      `"eos_token" ${JSON.stringify(named)} is no token of tokenizer.json: name one, or give "eos_token_id" in config.json`,
    );
  }
  if (tokenizer.chatTemplate === null) return;
  new Renderer(tokenizer, config.eosTokenIds, null).prompt([{ role: 'user', content: 'What is 2 + 2?' }]);
}

function architectureOf(config: DecoderConfig): ModelArchitecture {
  const { ropeScaling } = config;
  return {
    family: config.family,
    layers: config.layers,
    hidden_size: config.hiddenSize,
    heads: config.heads,
    kv_heads: config.kvHeads,
    head_dim: config.headDim,
    ffn_size: config.ffnSize,
    rope_theta: config.ropeTheta,
    rope_scaling: ropeScaling && {
      type: 'llama3',
      factor: ropeScaling.factor,
      low_freq_factor: ropeScaling.lowFrequencyFactor,
      high_freq_factor: ropeScaling.highFrequencyFactor,
      original_max_positions: ropeScaling.originalMaxPositions,
    },
    rms_norm_eps: config.rmsNormEps,
    tie_embeddings: config.tieEmbeddings,
    max_positions: config.maxPositions,
  };
}

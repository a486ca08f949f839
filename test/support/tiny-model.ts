/** A real model that is tiny, as a Hugging Face directory: random weights, and a tokenizer with a chat template. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '../../src/engine/index.js';
import { writeModelDirectory } from '../../src/engine/io/model-directory.js';
import { trainTokenizer, writeTokenizer } from '../../src/engine/io/train-tokenizer.js';
import type { DecoderConfig, DecoderFamily, ModelDtype } from '../../src/engine/models/config.js';
import { initialParameters } from '../../src/engine/models/initialise.js';
import { hermesTemplate } from './chat-templates.js';

const EOS = '<eos>';

export function tinyConfig(family: DecoderFamily = 'llama'): DecoderConfig {
  return {
    family,
    vocabSize: 300,
    hiddenSize: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    ffnSize: 48,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
    ropeScaling: null,
    tieEmbeddings: true,
    qkvBias: family === 'qwen2',
    qkNorm: family === 'qwen3',
    maxPositions: 256,
    eosTokenIds: [256],
    bosTokenId: null,
    padTokenId: 256,
  };
}

/** Number of weights of `tinyConfig('llama')`. */
export const TINY_PARAMETERS = 300 * 32 + 2 * (32 * 32 * 2 + 32 * 16 * 2 + 3 * 32 * 48 + 2 * 32) + 32;

/** Writes the files, of which config.json is the last. */
export async function writeTinyModel(
  directory: string,
  { family = 'llama', dtype = 'float32' }: { family?: DecoderFamily; dtype?: ModelDtype } = {},
): Promise<void> {
  const config = tinyConfig(family);
  const texts = ['What is the capital of Peru?', 'Lima is the capital of Peru.'];
  await writeTokenizer(directory, trainTokenizer(texts, { vocabSize: 290, addedTokens: [], eosToken: EOS }), EOS);
  const parameters = initialParameters(config, 7);
  await writeModelDirectory(directory, { config, parameters, dtype, tokenizerDirectory: directory });
  await writeFile(join(directory, 'README.md'), '# A tiny model\n');
}

/**
 * A Qwen3 that has not learnt anything, with a chat template that lists tools.
 * @param texts what its tokenizer has words for
 */
export async function writeChatModel(directory: string, texts: readonly string[]): Promise<void> {
  const addedTokens = [
    '<|im_start|>',
    '<|im_end|>',
    '<tool_call>',
    '</tool_call>',
    '<tool_response>',
    '</tool_response>',
  ];
  const words = [...texts, hermesTemplate].flatMap((text) => [text, text]);
  const trained = trainTokenizer(words, { vocabSize: 600, addedTokens, eosToken: EOS });
  await writeTokenizer(directory, trained, EOS);
  const file = join(directory, 'tokenizer_config.json');
  const written = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...written, chat_template: hermesTemplate }));
  const tokenizer = await Tokenizer.load(directory);
  const eos = tokenizer.tokenId(EOS)!;
  const config = {
    ...tinyConfig('qwen3'),
    vocabSize: tokenizer.vocabSize,
    maxPositions: 512,
    eosTokenIds: [eos],
    padTokenId: eos,
  };
  const parameters = initialParameters(config, 7);
  await writeModelDirectory(directory, { config, parameters, dtype: 'float32', tokenizerDirectory: directory });
}

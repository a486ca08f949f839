/** What both sides work on: a model as a Hugging Face directory, random unless one is given, and rows of token ids as safetensors. Runs no model. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelConfig, writeModelDirectory } from '../../src/engine/io/model-directory.js';
import { writeSafetensors } from '../../src/engine/io/safetensors.js';
import { parseHfConfig, type DecoderConfig } from '../../src/engine/models/config.js';
import { initialParameters } from '../../src/engine/models/initialise.js';
import { uniform } from '../../src/engine/random.js';

export type ModelShape = 'small' | 'smollm';

const SEED = 1;

const common = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  bos_token_id: 1,
  eos_token_id: 2,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
};

export const shapes: { readonly [S in ModelShape]: DecoderConfig } = {
  small: parseHfConfig({
    ...common,
    vocab_size: 2048,
    hidden_size: 256,
    intermediate_size: 704,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 4,
  }),
  // SmolLM2-135M.
  smollm: parseHfConfig({
    ...common,
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    rope_theta: 100000,
  }),
};

export class Materials {
  /** @param given a directory with the weights of SmolLM2-135M; null: random weights in its shape */
  constructor(
    private readonly folder: string,
    private readonly given: string | null,
  ) {}

  /** Where the weights of this shape come from, in words. */
  origin(shape: ModelShape): 'random weights' | 'given weights' {
    return shape === 'smollm' && this.given !== null ? 'given weights' : 'random weights';
  }

  /** The directory of a model, made when it is asked for first. Throws when the given one has another shape. */
  async model(shape: ModelShape): Promise<string> {
    const config = shapes[shape];
    if (shape === 'smollm' && this.given !== null) {
      const found = await readModelConfig(this.given);
      for (const size of ['layers', 'hiddenSize', 'heads', 'kvHeads', 'headDim', 'ffnSize', 'vocabSize'] as const) {
        if (found[size] === config[size]) continue;
        throw new RangeError(
          `--model ${this.given}: ${size} is ${found[size]}, that of SmolLM2-135M is ${config[size]}`,
        );
      }
      return this.given;
    }
    const directory = join(this.folder, shape);
    const exists = await access(join(directory, 'config.json')).then(
      () => true,
      () => false,
    );
    if (!exists) {
      const parameters = initialParameters(config, SEED);
      await writeModelDirectory(directory, { config, parameters, dtype: 'float32', tokenizerDirectory: null });
    }
    return directory;
  }

  /** A file with `ids`, int32 [rows, length], for models of this shape. Rows of a group that have not parted yet have the same tokens. */
  async inputs(
    shape: ModelShape,
    {
      rows,
      length,
      partings,
      group = rows,
    }: { rows: number; length: number; partings: readonly number[]; group?: number },
  ): Promise<string> {
    const path = join(
      this.folder,
      `${shape}-${rows}x${length}x${group}${partings.map((at) => `-${at}`).join('')}.safetensors`,
    );
    const data = Int32Array.from({ length: rows * length }, (_, i) => {
      const [row, at] = [Math.floor(i / length), i % length];
      return Math.floor(uniform(SEED, firstOfPath(row, at, group, partings) * length + at) * shapes[shape].vocabSize);
    });
    await writeSafetensors(path, new Map([['ids', { shape: [rows, length], data }]]));
    return path;
  }
}

/** The first row that has the same token at this place as `row`. */
function firstOfPath(row: number, at: number, group: number, partings: readonly number[]): number {
  const parted = partings.filter((parting) => at >= parting).length;
  if (parted === partings.length) return row;
  const together = parted === 0 ? group : 2 ** (partings.length - parted);
  return row - (row % together);
}

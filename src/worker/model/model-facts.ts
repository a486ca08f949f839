/** What a Hugging Face directory says about its model, read from config.json and the headers of its safetensors files. Loads no weights. */
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Architecture } from '../../spec/model-spec.js';

export interface ModelFacts {
  architecture: Architecture;
  /** Number of weights as stored: tied ones once. */
  parameters: number;
  vocabSize: number;
  /** Tokens. */
  contextLength: number;
}

const HuggingFaceConfig = z.object({
  model_type: z.string().optional(),
  vocab_size: z.int(),
  max_position_embeddings: z.int(),
});

const SafetensorsHeader = z.record(
  z.string(),
  z
    .object({ shape: z.array(z.int()) })
    .loose()
    .or(z.record(z.string(), z.string())),
);

/** @param architecture as the model was asked for; its defaults are filled in from what was made */
export async function modelFacts(folder: string, architecture: Architecture): Promise<ModelFacts> {
  const config = HuggingFaceConfig.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
  const headDim = architecture.head_dim ?? architecture.hidden_size / architecture.heads;
  return {
    architecture: {
      family: 'llama',
      kv_heads: architecture.heads,
      head_dim: headDim,
      rope_theta: 10_000,
      rms_norm_eps: 1e-5,
      tie_embeddings: true,
      ...architecture,
      max_positions: config.max_position_embeddings,
    },
    parameters: await countParameters(folder),
    vocabSize: config.vocab_size,
    contextLength: config.max_position_embeddings,
  };
}

async function countParameters(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  const counts = await Promise.all(names.map((name) => countIn(join(folder, name))));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A safetensors file begins with the length of its JSON header, u64 little endian. */
async function countIn(path: string): Promise<number> {
  const file = await open(path);
  try {
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const json = Buffer.alloc(Number(length.readBigUInt64LE()));
    await file.read(json, 0, json.length, 8);
    const header = SafetensorsHeader.parse(JSON.parse(json.toString('utf8')));
    const shapes = Object.entries(header).flatMap(([name, tensor]) =>
      name !== '__metadata__' && Array.isArray(tensor['shape']) ? [tensor['shape']] : [],
    );
    return shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  } finally {
    await file.close();
  }
}

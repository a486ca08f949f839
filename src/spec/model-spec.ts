/** What a user posts to make a model. `random` is a new small model to cold-start; the other sources are declared and refused for now. */
import { z } from 'zod';
import { DatasetId, Metadata, type SpecProblem } from './run-spec.js';

export const Architecture = z
  .strictObject({
    family: z.enum(['llama', 'qwen2', 'qwen3']).optional().describe('Default llama.'),
    layers: z.int().min(1).max(256),
    hidden_size: z.int().min(8).max(16_384),
    heads: z.int().min(1).max(256),
    kv_heads: z.int().min(1).max(256).optional().describe('Default: heads.'),
    head_dim: z.int().min(2).max(512).optional().describe('Default: hidden_size / heads.'),
    ffn_size: z.int().min(8).max(131_072),
    rope_theta: z.number().positive().optional().describe('Default 10,000.'),
    rms_norm_eps: z.number().positive().optional().describe('Default 1e-5.'),
    tie_embeddings: z.boolean().optional().describe('Default true.'),
    max_positions: z.int().min(16).max(1_048_576).optional().describe('Default 4,096.'),
  })
  .meta({ id: 'Architecture' });
export type Architecture = z.infer<typeof Architecture>;

export const TokenizerSource = z
  .union([
    z.strictObject({
      train: z.strictObject({
        dataset: z.union([DatasetId, z.array(DatasetId).min(1).max(16)]),
        vocab_size: z.int().min(300).max(1_000_000),
        added_tokens: z.array(z.string().min(1).max(64)).max(256).optional().describe('Tags that are one token each.'),
      }),
    }),
    z.string().regex(/^mdl_/, 'must be a model id'),
  ])
  .meta({ id: 'TokenizerSource' });
export type TokenizerSource = z.infer<typeof TokenizerSource>;

export const ModelSpecInput = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    source: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('random'),
        architecture: Architecture,
        tokenizer: TokenizerSource,
        seed: z
          .int()
          .min(0)
          .max(2 ** 32 - 1)
          .optional(),
      }),
      z.strictObject({
        type: z.literal('huggingface'),
        repo: z.string(),
        revision: z.string().optional(),
        token: z.string().optional(),
      }),
      z.strictObject({ type: z.literal('upload') }),
      z.strictObject({ type: z.literal('directory'), path: z.string() }),
    ]),
    metadata: Metadata.optional(),
  })
  .meta({ id: 'ModelSpec' });
export type ModelSpecInput = z.infer<typeof ModelSpecInput>;

/** What keeps the model from being made, by path. */
export function modelProblems(input: ModelSpecInput): SpecProblem[] {
  const { source } = input;
  if (source.type !== 'random') {
    return [{ path: 'source.type', message: `source ${source.type} is not built yet; use random` }];
  }
  const problems: SpecProblem[] = [];
  const a = source.architecture;
  const path = (field: string) => `source.architecture.${field}`;
  if (a.family && a.family !== 'llama')
    problems.push({ path: path('family'), message: `${a.family} is not built yet; use llama` });
  if (a.head_dim === undefined && a.hidden_size % a.heads !== 0) {
    problems.push({ path: path('heads'), message: `must divide hidden_size (${a.hidden_size}), or give head_dim` });
  }
  const headDim = a.head_dim ?? a.hidden_size / a.heads;
  if (headDim % 2 !== 0) problems.push({ path: path('head_dim'), message: 'must be even for rotary embeddings' });
  if (a.heads % (a.kv_heads ?? a.heads) !== 0) {
    problems.push({ path: path('kv_heads'), message: `must divide heads (${a.heads})` });
  }
  return problems;
}

/** What a user posts to make a model, and what is kept and shown of it. `random` is a new small model to cold-start; the others bring one from outside. */
import { z } from 'zod';
import { WEIGHT_DTYPES } from './enums.js';
import { DatasetId, ModelId } from './ids.js';
import { Metadata } from './metadata.js';
import type { SpecProblem } from './problem.js';
import { Seed } from './seed.js';

const FAMILIES = ['llama', 'qwen2', 'qwen3'] as const;

export const Architecture = z
  .strictObject({
    family: z.enum(FAMILIES).optional().describe('Default llama.'),
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
    ModelId,
  ])
  .meta({ id: 'TokenizerSource' });
export type TokenizerSource = z.infer<typeof TokenizerSource>;

const RandomSource = z.strictObject({
  type: z.literal('random'),
  architecture: Architecture,
  tokenizer: TokenizerSource,
  seed: Seed.optional(),
});

const UploadSource = z
  .strictObject({ type: z.literal('upload') })
  .describe('A tar of a Hugging Face directory: send it as multipart/form-data, in the field `file`.');

const DirectorySource = z
  .strictObject({
    type: z.literal('directory'),
    path: z.string().min(1).max(4096).describe("A Hugging Face directory, as a path within the operator's MODELS_DIR."),
  })
  .describe("A directory on the workers' machines.");

const REPO = /^[A-Za-z0-9_][\w.-]{0,95}(\/[A-Za-z0-9_][\w.-]{0,95})?$/;
/** Without `.` and `..` between slashes, which would lead to other routes of a hub. */
const REVISION = /^(?!(.*\/)?\.{1,2}(\/|$))[\w.][\w./-]{0,199}$/;
/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

const Repo = z.string().regex(REPO, 'must name a repository, as in owner/name');

const HuggingFaceSource = z
  .strictObject({
    type: z.literal('huggingface'),
    repo: Repo,
    revision: z
      .string()
      .regex(REVISION, 'must be a branch, a tag or a commit')
      .optional()
      .describe('A branch, a tag or a commit; default `main`.'),
    token: z
      .string()
      .regex(TOKEN, 'must be printable characters without spaces')
      .optional()
      .describe(
        'An access token for a private or gated repository. Used once and never shown; until then it is kept encrypted, for an hour at most.',
      ),
  })
  .describe('A repository of the Hugging Face Hub, or of the mirror that the operator has named.');

export const ModelSpecInput = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    source: z.discriminatedUnion('type', [RandomSource, HuggingFaceSource, UploadSource, DirectorySource]),
    metadata: Metadata.optional(),
  })
  .meta({ id: 'ModelSpec' });
export type ModelSpecInput = z.infer<typeof ModelSpecInput>;

/** Where a model came from, as it is stored and shown. */
export const ModelSource = z
  .discriminatedUnion('type', [
    RandomSource,
    z.strictObject({
      type: z.literal('huggingface'),
      repo: Repo,
      revision: z.string().describe('As it was asked for; `commit` of the model says what it was then.'),
      authenticated: z.boolean().describe('Whether a token was given.'),
    }),
    UploadSource,
    DirectorySource,
  ])
  .meta({ id: 'ModelSource' });
export type ModelSource = z.infer<typeof ModelSource>;
export type SourceOf<T extends ModelSource['type']> = Extract<ModelSource, { type: T }>;

/** An architecture with nothing left to defaults, as its config.json says it. */
export const ModelArchitecture = z
  .object({
    family: z.enum(FAMILIES),
    layers: z.int(),
    hidden_size: z.int(),
    heads: z.int(),
    kv_heads: z.int(),
    head_dim: z.int(),
    ffn_size: z.int(),
    rope_theta: z.number(),
    rope_scaling: z
      .object({
        type: z.literal('llama3'),
        factor: z.number(),
        low_freq_factor: z.number(),
        high_freq_factor: z.number(),
        original_max_positions: z.int(),
      })
      .nullable()
      .describe('How rotary frequencies are stretched beyond the context length of pre-training.'),
    rms_norm_eps: z.number(),
    tie_embeddings: z.boolean(),
    max_positions: z.int(),
  })
  .meta({ id: 'ModelArchitecture' });
export type ModelArchitecture = z.infer<typeof ModelArchitecture>;

/** What a Hugging Face directory says about its model. */
export const ModelFacts = z.object({
  architecture: ModelArchitecture,
  parameters: z.int().describe('Number of weights; tied ones once.'),
  dtype: z.enum(WEIGHT_DTYPES).describe('Of the weights in the files.'),
  vocab_size: z.int(),
  context_length: z.int().describe('Tokens.'),
  has_chat_template: z.boolean(),
  warnings: z.array(z.string()).describe('What is not as the files or the spec say, and what makes answers doubtful.'),
});
export type ModelFacts = z.infer<typeof ModelFacts>;

/** The source as it is kept: without what must not be. */
export function storedSource(source: ModelSpecInput['source']): ModelSource {
  if (source.type !== 'huggingface') return source;
  const { type, repo, revision = 'main', token } = source;
  return { type, repo, revision, authenticated: token !== undefined };
}

/** What keeps the model from being made, by path. */
export function modelProblems(input: ModelSpecInput): SpecProblem[] {
  const { source } = input;
  switch (source.type) {
    case 'random':
      return architectureProblems(source.architecture);
    case 'upload':
      return [{ path: 'source.type', message: 'send the archive as multipart/form-data, in the field `file`' }];
    case 'directory':
      return leadsUp(source.path) ? [{ path: 'source.path', message: 'must not contain `..`' }] : [];
    case 'huggingface':
      return [];
  }
}

const leadsUp = (path: string): boolean => path.split(/[/\\]/).includes('..');

function architectureProblems(a: Architecture): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const path = (field: string) => `source.architecture.${field}`;
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

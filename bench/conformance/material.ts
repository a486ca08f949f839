/** What the trainer is given to work on: a tiny model, demonstrations and questions in a folder, and jobs over them. Starts nothing. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeModelDirectory } from '../../src/engine/io/model-directory.js';
import { trainTokenizer, writeTokenizer } from '../../src/engine/io/train-tokenizer.js';
import { Tokenizer, type DecoderConfig } from '../../src/engine/index.js';
import { initialParameters } from '../../src/engine/models/initialise.js';
import type { Message, TrainJob } from '../../src/protocol/messages.js';
import { textTool } from '../../src/tools/tool.js';
import { isSupervised, resolveRunSpec, type RunSpecInput } from '../../src/spec/run-spec.js';

const COLOURS = { sky: 'blue', grass: 'green', night: 'black', rose: 'red' } as const;
const THINGS = Object.keys(COLOURS) as (keyof typeof COLOURS)[];
const EOS = '<eos>';
const TAGS = ['<search>', '</search>', '<result>', '</result>', '<answer>', '</answer>'];

const user = (thing: string): Message => ({ role: 'user', content: `What colour is ${thing}?` });

/** All of them look the thing up, so that a policy that has learnt from them calls the tool. */
function demonstrations(): Message[][] {
  return Array.from({ length: 32 }, (_, i) => {
    const thing = THINGS[i % THINGS.length]!;
    return [
      user(thing),
      { role: 'assistant', content: `<search> ${thing}</search>` },
      { role: 'tool', content: ` ${COLOURS[thing]}` },
      { role: 'assistant', content: `<answer> ${COLOURS[thing]}</answer>` },
    ];
  });
}

/** What the search tool says. */
export function searchResult(input: string): string {
  const thing = THINGS.find((name) => name === input.trim());
  return thing ? ` ${COLOURS[thing]}` : 'No search results found.';
}

/** Trajectories of a question, and questions of a step. */
export const GROUP = 4;
export const PROMPTS = 2;

export class Material {
  private constructor(readonly folder: string) {}

  /** Writes all files below an empty folder. */
  static async write(folder: string): Promise<Material> {
    const texts = demonstrations().flatMap((messages) => messages.map(({ content }) => content));
    const model = join(folder, 'model');
    await writeTokenizer(model, trainTokenizer(texts, { vocabSize: 400, addedTokens: TAGS, eosToken: EOS }), EOS);
    const tokenizer = await Tokenizer.load(model);
    const eos = tokenizer.tokenId(EOS)!;
    const config: DecoderConfig = {
      family: 'llama',
      vocabSize: tokenizer.vocabSize,
      hiddenSize: 32,
      layers: 2,
      heads: 4,
      kvHeads: 4,
      headDim: 8,
      ffnSize: 64,
      rmsNormEps: 1e-5,
      ropeTheta: 10_000,
      ropeScaling: null,
      tieEmbeddings: true,
      qkvBias: false,
      qkNorm: false,
      maxPositions: 512,
      eosTokenIds: [eos],
      bosTokenId: null,
      padTokenId: eos,
    };
    const parameters = initialParameters(config, 1);
    await writeModelDirectory(model, { config, parameters, dtype: 'float32', tokenizerDirectory: model });
    await writeExamples(join(folder, 'demonstrations'), demonstrations());
    await writeExamples(
      join(folder, 'questions'),
      THINGS.map((thing) => [user(thing)]),
    );
    return new Material(folder);
  }

  /** A job whose checkpoints are written below a folder with this name. */
  trainJob(name: string, input: Partial<RunSpecInput>, rest: Partial<TrainJob> = {}): TrainJob {
    const spec = resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', seed: 5, ...input });
    const supervised = isSupervised(spec);
    return {
      kind: 'train',
      run_id: `run_${name}`,
      attempt: 1,
      spec,
      model_directory: join(this.folder, 'model'),
      reference_directory: null,
      examples: join(this.folder, supervised ? 'demonstrations' : 'questions'),
      evaluation_examples: [],
      tools: supervised ? [] : [SEARCH],
      call_limits: {},
      output_directory: join(this.folder, name),
      resume: null,
      usage: { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 },
      provider: 'cpu',
      threads: 1,
      provenance: {
        model: 'conformance',
        base_model: null,
        dataset: { name: 'colours', sha256: createHash('sha256').update('colours').digest('hex') },
        service_version: '0.1.0',
      },
      ...rest,
    };
  }

  /** Learns the demonstrations: enough that the policy calls the tool. */
  lessons(name: string, steps: number, rest: Partial<TrainJob> = {}): TrainJob {
    const input: Partial<RunSpecInput> = {
      method: 'sft',
      optimizer: { learning_rate: 3e-3, schedule: 'constant' },
      training: { steps, batch_size: 4, max_length: 64 },
      checkpoint: { every_steps: steps / 2, keep: 2 },
    };
    return this.trainJob(name, input, rest);
  }

  /** Learns by trials with the tool. */
  trials(name: string, method: 'arpo' | 'grpo', steps: number, rest: Partial<TrainJob> = {}): TrainJob {
    const forks = method === 'arpo' ? { initial: GROUP / 2, probe_tokens: 4 } : {};
    const input = {
      method,
      tools: [{ type: 'search', corpus: 'ds_2' }],
      optimizer: { learning_rate: 1e-3 },
      checkpoint: { every_steps: steps },
      rollout: { group_size: GROUP, max_response_tokens: 32, max_result_tokens: 8, ...forks },
      training: { steps, prompts_per_step: PROMPTS, mini_batch_prompts: PROMPTS },
    } as Partial<RunSpecInput>;
    return this.trainJob(name, input, rest);
  }
}

const SEARCH = textTool('search', 'Searches a corpus.', 'query', 'What to look for.');

async function writeExamples(file: string, conversations: readonly Message[][]): Promise<void> {
  await writeFile(file, conversations.map((messages, index) => JSON.stringify({ index, messages })).join('\n'));
}

/** sha256 of the weights of a model or a checkpoint. */
export async function weightsOf(directory: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(directory, 'model.safetensors')))
    .digest('hex');
}

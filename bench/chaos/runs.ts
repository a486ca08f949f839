/** What is trained: small runs of several methods, and what they take. Follows none of them. */
import { unwrap, type Bough, type RunSpec } from 'bough/client';
import type { Options } from './options.js';

export interface Inputs {
  readonly model: string;
  readonly demonstrations: string;
  readonly questions: string;
}

const LIMIT_MS = 120_000;

const sums = Array.from({ length: 40 }, (_, i) => [`${i} + ${i}`, String(2 * i)] as const);

export async function bringInputs(bough: Bough): Promise<Inputs> {
  const upload = async (kind: 'sft' | 'rl', rows: readonly object[]) => {
    const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
    const { id } = await bough.uploadDataset(file, { kind });
    return (await bough.waitForDataset(id, { timeoutMs: LIMIT_MS })).id;
  };
  const demonstrations = await upload(
    'sft',
    sums.map(([question, answer]) => ({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: `<python>print(${question})</python><answer>\\boxed{${answer}}</answer>` },
      ],
    })),
  );
  const questions = await upload(
    'rl',
    sums.map(([question, answer]) => ({ question, answer })),
  );
  const added_tokens = ['<python>', '</python>', '<result>', '</result>'];
  const { id } = unwrap(
    await bough.api.POST('/v1/models', {
      body: {
        source: {
          type: 'random',
          architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64, max_positions: 256 },
          tokenizer: { train: { dataset: demonstrations, vocab_size: 300, added_tokens } },
        },
      },
    }),
  );
  const { id: model } = await bough.waitForModel(id, { timeoutMs: LIMIT_MS });
  return { model: await coldStart(bough, model, demonstrations), demonstrations, questions };
}

/** Teaches the form of an answer, so that tools are called and rewards differ. Answers the checkpoint. */
async function coldStart(bough: Bough, model: string, dataset: string): Promise<string> {
  const { id } = unwrap(
    await bough.api.POST('/v1/runs', {
      body: {
        method: 'sft',
        model,
        dataset,
        training: { steps: 60, batch_size: 8, max_length: 64 },
        optimizer: { learning_rate: 1e-2 },
        checkpoint: { keep: 1 },
      },
    }),
  );
  const { status, error } = await bough.waitForRun(id, { timeoutMs: LIMIT_MS });
  if (status !== 'succeeded') throw new Error(`The cold start is ${status}: ${error?.message}`);
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', { params: { path: { id } } }));
  return data[0]!.id;
}

/** None is deleted, so that all of them can be compared. */
const checkpoints = (everySteps: number, steps: number) => ({
  every_steps: Math.max(everySteps, Math.ceil(steps / 100)),
  keep: 100,
});

/** ARPO with a tool and a held-out evaluation, GRPO with a tool, and supervised fine-tuning, in turn. */
export function specs(
  { model, demonstrations, questions }: Inputs,
  { runs, seed, steps }: Pick<Options, 'runs' | 'seed' | 'steps'>,
): RunSpec[] {
  const policy = {
    model,
    dataset: questions,
    tools: [{ type: 'python' as const }],
    reward: { type: 'length_penalty' as const, max: 120, buffer: 120 },
    training: { steps, prompts_per_step: 3 },
    checkpoint: checkpoints(2, steps),
  };
  const kinds = [
    (of: number): RunSpec => ({
      ...policy,
      method: 'arpo',
      rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 48 },
      evaluation: { dataset: questions, every_steps: 3, limit: 3 },
      seed: of,
    }),
    (of: number): RunSpec => ({
      ...policy,
      method: 'grpo',
      rollout: { group_size: 4, max_response_tokens: 48 },
      seed: of,
    }),
    (of: number): RunSpec => ({
      method: 'sft',
      model,
      dataset: demonstrations,
      training: { steps: 10 * steps, batch_size: 4, max_length: 64 },
      checkpoint: checkpoints(5, 10 * steps),
      seed: of,
    }),
  ];
  return Array.from({ length: runs }, (_, i) => kinds[i % kinds.length]!(seed + i));
}

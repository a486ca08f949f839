/** What the compared runs are made of: sums to learn and to be asked, a model, and the two specs. */
import { unwrap, type Bough, type RunSpec } from 'bough/client';

export interface Materials {
  readonly model: string;
  readonly demonstrations: string;
  readonly questions: string;
  readonly held: string;
}

export type RunName = 'sft' | 'arpo';

const ADDED_TOKENS = ['<python>', '</python>', '<result>', '</result>', '<answer>', '</answer>'];

/** @param directory within MODELS_DIR; null: a new small model */
export async function materials(bough: Bough, directory: string | null): Promise<Materials> {
  const demonstrations = await upload(
    bough,
    'sft',
    Array.from({ length: 240 }, (_, i) => demonstration(i)),
  );
  const questions = await upload(
    bough,
    'rl',
    Array.from({ length: 64 }, (_, i) => question(i)),
  );
  const held = await upload(
    bough,
    'rl',
    Array.from({ length: 24 }, (_, i) => question(100 + i)),
  );
  const source =
    directory === null
      ? ({
          type: 'random',
          architecture: { layers: 4, hidden_size: 256, heads: 8, ffn_size: 768 },
          tokenizer: { train: { dataset: demonstrations, vocab_size: 1000, added_tokens: ADDED_TOKENS } },
        } as const)
      : ({ type: 'directory', path: directory } as const);
  const { id } = unwrap(await bough.api.POST('/v1/models', { body: { source } }));
  const model = await bough.waitForModel(id);
  return { model: model.id, demonstrations, questions, held };
}

/** `entropy_bonus` gives every group something to learn, also where no answer is right. */
export function specOf(name: RunName, { model, demonstrations, questions, held }: Materials): RunSpec {
  if (name === 'sft') {
    const training = { steps: 20, batch_size: 8, max_length: 128 };
    return { method: 'sft', model, dataset: demonstrations, training, checkpoint: { every_steps: 10 }, seed: 3 };
  }
  return {
    method: 'arpo',
    model,
    dataset: questions,
    tools: [{ type: 'python' }],
    reward: { type: 'exact_match' },
    rollout: { group_size: 8, initial: 4, max_response_tokens: 96 },
    training: { steps: 8, prompts_per_step: 4, mini_batch_prompts: 4, entropy_bonus: 1e-4 },
    evaluation: { dataset: held, every_steps: 4 },
    checkpoint: { every_steps: 4 },
    seed: 3,
  };
}

function sum(i: number): { text: string; value: number } {
  const [a, b] = [(i * 37) % 91, (i * 53) % 83];
  return { text: `${a} + ${b}`, value: a + b };
}

function question(i: number): object {
  const { text, value } = sum(i);
  return { question: `What is ${text}?`, answer: String(value) };
}

function demonstration(i: number): object {
  const { text, value } = sum(i);
  return {
    messages: [
      { role: 'user', content: `What is ${text}?` },
      { role: 'assistant', content: `<python>print(${text})</python>` },
      { role: 'tool', content: `${value}` },
      { role: 'assistant', content: `<answer>\\boxed{${value}}</answer>` },
    ],
  };
}

async function upload(bough: Bough, kind: 'sft' | 'rl', rows: readonly object[]): Promise<string> {
  const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
  const { id } = await bough.uploadDataset(file, { kind, name: `sums-${kind}` });
  return (await bough.waitForDataset(id)).id;
}

/** The API and a worker with the real trainer, and a project that has what a run takes: sums to learn, and a tiny model that was made for them. */
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { RunSpec } from '../../openapi/client.js';
import { loadConfig } from '../../src/config/config.js';
import { WorkerModule } from '../../src/worker.module.js';
import { ApiHarness, type Tenant } from './api-harness.js';
import { bundleTrainer, removeBundle } from './trainer-bundle.js';

const sums = Array.from({ length: 20 }, (_, i) => [`${i} + ${i}`, String(2 * i)] as const);

/** Demonstrations in which Python is called and answers. */
export const solvedSums = sums.slice(0, 10).map(([question, answer]) => ({
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: `<python>print(${question})</python>` },
    { role: 'tool', content: answer },
    { role: 'assistant', content: `<answer>\\boxed{${answer}}</answer>` },
  ],
}));

export class WholeService {
  /** Ids. */
  model = '';
  demonstrations = '';
  questions = '';
  private worker: INestApplicationContext | undefined;

  private constructor(
    readonly api: ApiHarness,
    private readonly trainer: string,
  ) {}

  /** @param env settings of the API and of the worker */
  static async open(env: Record<string, string> = {}): Promise<WholeService> {
    const [trainer, api] = await Promise.all([bundleTrainer(), ApiHarness.open(env)]);
    const service = new WholeService(api, trainer);
    await service.restartWorker(env);
    await service.bringInputs();
    return service;
  }

  async close(): Promise<void> {
    await this.worker?.close();
    await this.api.close();
    await removeBundle(this.trainer);
  }

  get tenant(): Tenant {
    return this.api.tenant;
  }

  /** Stops the worker and starts another. */
  async restartWorker(
    env: Record<string, string> = {},
    trainerEntry = this.trainer,
    previewLimitMs?: number,
  ): Promise<void> {
    await this.worker?.close();
    const config = loadConfig({
      ...this.api.env,
      LOG_LEVEL: 'error',
      TRAINER_THREADS: '1',
      SHUTDOWN_TIMEOUT_S: '8',
      ...env,
    });
    const module = WorkerModule.forRoot(config, { trainerEntry, previewLimitMs });
    this.worker = await NestFactory.createApplicationContext(module, {
      logger: ['error', 'fatal'],
      abortOnError: false,
    });
  }

  async upload(kind: 'sft' | 'rl' | 'preference' | 'corpus', rows: readonly unknown[]): Promise<string> {
    const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
    const { id } = await this.tenant.bough.uploadDataset(file, { kind });
    return (await this.tenant.bough.waitForDataset(id)).id;
  }

  arpo(extra: object = {}): RunSpec {
    return {
      method: 'arpo',
      model: this.model,
      dataset: this.questions,
      tools: [{ type: 'python' }],
      reward: { type: 'exact_match' },
      rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 24 },
      training: { steps: 4, prompts_per_step: 2 },
      evaluation: { dataset: this.questions, every_steps: 2, limit: 3 },
      ...extra,
    };
  }

  private async bringInputs(): Promise<void> {
    this.demonstrations = await this.upload(
      'sft',
      sums.map(([question, answer]) => ({
        messages: [
          { role: 'user', content: question },
          { role: 'assistant', content: `<python>print(${question})</python><answer>\\boxed{${answer}}</answer>` },
        ],
      })),
    );
    this.questions = await this.upload(
      'rl',
      sums.map(([question, answer]) => ({ question, answer })),
    );
    const added_tokens = ['<python>', '</python>', '<result>', '</result>'];
    const { status, body } = await this.tenant.post('/v1/models', {
      source: {
        type: 'random',
        architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64, max_positions: 256 },
        tokenizer: { train: { dataset: this.demonstrations, vocab_size: 300, added_tokens } },
      },
    });
    if (status !== 201) throw new Error(`the model was refused: ${JSON.stringify(body)}`);
    this.model = (await this.tenant.bough.waitForModel(body.id as string)).id;
  }
}

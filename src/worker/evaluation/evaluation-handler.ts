/** What the worker does for the trainer of an evaluation: tools and scores, and the items into rows. */
import type { DataSource } from 'typeorm';
import type { EvaluationItemRecord, ScoreResult } from '../../protocol/messages.js';
import type { Provider } from '../../spec/accelerator.js';
import { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import { NO_USAGE, type Usage } from '../../store/shapes.js';
import { addWarning } from '../../store/add-warning.js';
import type { Fence } from '../claim/fence.js';
import type { Scorer } from '../inputs/scorer.js';
import type { ToolSet } from '../inputs/tool-set.js';
import { addUsage } from '../recorder/record-step.js';
import { storableJson } from '../../store/storable-json.js';
import { machineOf } from '../trainer/machine.js';
import type { StorableMessage, ToolAnswer, TrainerHandler, TrainerMessageOf } from '../trainer/trainer-handler.js';

export interface EvaluationHandlerOptions {
  readonly evaluationId: string;
  /** Answers to expect. */
  readonly total: number;
  /** Of the trainer; 0: as many as it sees fit. */
  readonly threads: number;
  readonly provider: Provider;
  readonly dataSource: DataSource;
  readonly fence: Fence;
  readonly toolSet: ToolSet;
  readonly scorer: Scorer;
  readonly onLog: (message: string) => void;
}

export class EvaluationHandler implements TrainerHandler {
  /** Since the beginning: rows are given totals, so that a transaction that is run again changes nothing. */
  private done = 0;
  private usage: Usage = NO_USAGE;
  private lapAt = performance.now();

  constructor(private readonly options: EvaluationHandlerOptions) {}

  async onHello(hello: TrainerMessageOf<'hello'>): Promise<void> {
    const { evaluationId, fence } = this.options;
    const manifest = machineOf(hello, this.options);
    await fence.transaction((manager) =>
      manager.update(Evaluation, evaluationId, { manifest: storableJson(manifest) }),
    );
  }

  async phase(): Promise<void> {}

  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    return this.options.toolSet.call(message, signal);
  }

  score(message: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]> {
    return this.options.scorer.score(message, signal);
  }

  async store(message: StorableMessage): Promise<void> {
    if (message.type === 'log') await this.storeLog(message);
    else if (message.type === 'evaluation_items') await this.storeItems(message);
    else throw new Error(`an evaluation stores no ${message.type}`);
  }

  private async storeLog({ level, message }: TrainerMessageOf<'log'>): Promise<void> {
    const { evaluationId, fence, onLog } = this.options;
    onLog(message);
    if (level === 'warn')
      await fence.transaction((manager) => addWarning(manager, 'evaluations', evaluationId, message));
  }

  private async storeItems({ items, usage }: TrainerMessageOf<'evaluation_items'>): Promise<void> {
    const { evaluationId, fence, total } = this.options;
    this.done += items.length;
    const now = performance.now();
    const seconds = (now - this.lapAt) / 1000;
    this.lapAt = now;
    this.usage = addUsage(this.usage, { ...usage, wall_time_s: seconds });
    const rows = items.map((item) => rowOf(evaluationId, storableJson(item)));
    await fence.transaction(async (manager) => {
      await manager.upsert(EvaluationItem, rows, ['evaluationId', 'example', 'sample']);
      await manager.update(Evaluation, evaluationId, { progress: { done: this.done, total }, usage: this.usage });
    });
  }
}

function rowOf(evaluationId: string, item: EvaluationItemRecord) {
  const {
    example,
    sample,
    response,
    finish_reason: finishReason,
    tool_calls: toolCalls,
    model_tokens: modelTokens,
    score,
  } = item;
  const scored = score.status === 'scored';
  return {
    evaluationId,
    example,
    sample,
    response,
    finishReason,
    toolCalls,
    modelTokens,
    answer: scored ? score.answer : null,
    reward: scored ? score.reward : null,
    parts: scored ? score.parts : {},
    flags: scored ? score.flags : [score.message],
    exactMatch: scored ? score.exact_match : null,
    formatValid: scored && score.format_valid,
    rewardStatus: score.status,
  };
}

/**
 * What the worker does for the trainer of a rehearsal: tools and scores as for the run itself, and nothing into the run's tables. A checkpoint is
 * put into a blob store that is thrown away, because that takes time too.
 */
import { rm } from 'node:fs/promises';
import type { ScoreResult } from '../../protocol/messages.js';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';
import type { WarnedRehearsal } from '../../spec/rehearsal.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { putFolder } from '../files/stored-files.js';
import type { Scorer } from '../inputs/scorer.js';
import type { ToolBench } from '../inputs/tool-bench.js';
import type { StorableMessage, ToolAnswer, TrainerDesk, TrainerMessageOf } from '../trainer/trainer-desk.js';

export interface RehearsalDeskOptions {
  readonly spec: ResolvedRunSpec;
  readonly bench: ToolBench;
  /** Null: the method has no reward. */
  readonly scorer: Scorer | null;
  /** For checkpoints: thrown away afterwards. */
  readonly blobs: BlobStore;
  readonly onRehearsal: (rehearsal: WarnedRehearsal) => Promise<void>;
  readonly onLog: (message: string) => void;
}

export class RehearsalDesk implements TrainerDesk {
  private readonly warnings: string[] = [];

  constructor(private readonly options: RehearsalDeskOptions) {}

  async greet(): Promise<void> {}

  async phase(): Promise<void> {}

  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    return this.options.bench.call(message, signal);
  }

  score({ dataset, items }: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]> {
    const { scorer, spec } = this.options;
    const held = spec.method === 'sft' ? null : spec.evaluation;
    const datasetId = dataset === 'train' ? spec.dataset : held?.dataset;
    if (!scorer || datasetId === undefined)
      throw new Error(`a run of method ${spec.method} scores no ${dataset} responses`);
    return scorer.score(datasetId, items, signal);
  }

  async store(message: StorableMessage): Promise<void> {
    switch (message.type) {
      case 'rehearsal':
        return this.options.onRehearsal({ ...message.rehearsal, warnings: this.warnings });
      case 'checkpoint':
        await putFolder(this.options.blobs, message.directory);
        return rm(message.directory, { recursive: true, force: true });
      case 'log':
        if (message.level === 'warn') this.warnings.push(message.message);
        return this.options.onLog(message.message);
      case 'tree':
      case 'step':
      case 'budget_reached':
        return;
      default:
        throw new Error(`a rehearsal stores no ${message.type}`);
    }
  }
}

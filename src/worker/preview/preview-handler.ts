/**
 * What the worker does for the trainer of a preview: tools and scores as for the run itself, and nothing into the run's tables. A checkpoint is
 * put into a blob store that is thrown away, because that takes time too.
 */
import { rm } from 'node:fs/promises';
import type { ScoreResult } from '../../protocol/messages.js';
import type { WarnedPreviewResult } from '../../spec/preview.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { putFolder } from '../files/stored-files.js';
import type { Scorer } from '../inputs/scorer.js';
import type { ToolSet } from '../inputs/tool-set.js';
import type { StorableMessage, ToolAnswer, TrainerHandler, TrainerMessageOf } from '../trainer/trainer-handler.js';

export interface PreviewHandlerOptions {
  readonly toolSet: ToolSet;
  /** Null: the run has no reward. */
  readonly scorer: Scorer | null;
  /** For checkpoints: thrown away afterwards. */
  readonly blobs: BlobStore;
  readonly onResult: (result: WarnedPreviewResult) => Promise<void>;
  readonly onLog: (message: string) => void;
}

export class PreviewHandler implements TrainerHandler {
  private readonly warnings: string[] = [];

  constructor(private readonly options: PreviewHandlerOptions) {}

  async onHello(): Promise<void> {}

  async phase(): Promise<void> {}

  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    return this.options.toolSet.call(message, signal);
  }

  /** Where an agent that is outside gives the rewards, every other answer counts as right: there is none in a preview. */
  async score(message: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]> {
    return this.options.scorer?.score(message, signal) ?? message.responses.map((_, i) => standIn(i % 2));
  }

  async store(message: StorableMessage): Promise<void> {
    switch (message.type) {
      case 'preview_result':
        return this.options.onResult({ ...message.result, warnings: this.warnings });
      case 'checkpoint':
        await putFolder(this.options.blobs, message.directory);
        return rm(message.directory, { recursive: true, force: true });
      case 'log':
        if (message.level === 'warn') this.warnings.push(message.message);
        return this.options.onLog(message.message);
      case 'tree':
      case 'step':
      case 'budget_reached':
      case 'no_improvement':
        return;
      default:
        throw new Error(`a preview stores no ${message.type}`);
    }
  }
}

const standIn = (reward: number): ScoreResult => ({
  status: 'scored',
  reward,
  parts: {},
  flags: [],
  answer: null,
  format_valid: true,
  exact_match: reward,
});

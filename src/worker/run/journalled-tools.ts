/** Tool calls of a run, each answered once and for all: the answer is journalled before it is given, and a resumed run reads the journal. */
import type { DataSource } from 'typeorm';
import { ToolJournalEntry } from '../../store/entities/tool-journal.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { retryTransient } from '../claim/retry-transient.js';
import type { Fence } from '../claim/fence.js';
import { storableText } from '../../store/storable-text.js';
import type { ToolSet } from '../inputs/tool-set.js';
import type { ToolAnswer, TrainerMessageOf } from '../trainer/trainer-handler.js';

export class JournalledTools {
  constructor(
    private readonly dataSource: DataSource,
    private readonly fence: Fence,
    private readonly job: ClaimedJob,
    private readonly toolSet: ToolSet,
  ) {}

  /** An infra_error is journalled like every answer: the run goes on as if it had never been disturbed. */
  async call(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    const { call, step, tool } = message;
    const input = storableText(message.input);
    const runId = this.job.subjectId;
    const journalled = () => this.dataSource.manager.findOneBy(ToolJournalEntry, { runId, call });
    const entry = await retryTransient(journalled, signal);
    // A resumed run on another kind of processor may ask something else under the same name.
    if (entry?.tool === tool && entry.input === input) {
      this.toolSet.recall(message, entry);
      return { outcome: entry.outcome, text: entry.text, latency_ms: entry.latencyMs };
    }
    const { latency_ms: latencyMs, outcome, text } = await this.toolSet.call(message, signal);
    await this.fence.transaction((manager) =>
      manager.upsert(
        ToolJournalEntry,
        { runId, call, step, tool, input, outcome, text, latencyMs, attempt: this.job.fence },
        ['runId', 'call'],
      ),
    );
    return { outcome, text, latency_ms: latencyMs };
  }
}

/** What the worker does for the trainer of a run. */
import type { FrameArrays } from '../../protocol/frames.js';
import type { ScoreResult } from '../../protocol/messages.js';
import type { Provider } from '../../spec/accelerator.js';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import type { Fence } from '../claim/fence.js';
import type { Scorer } from '../inputs/scorer.js';
import { machineOf } from '../trainer/machine.js';
import type { StorableMessage, ToolAnswer, TrainerHandler, TrainerMessageOf } from '../trainer/trainer-handler.js';
import { storableJson } from '../../store/storable-json.js';
import { fingerprintChanges } from './fingerprint-changes.js';
import type { JournalledTools } from './journalled-tools.js';
import type { RunAgents } from './run-agents.js';
import type { RunRecorder } from './run-recorder.js';

export interface RunHandlerOptions {
  readonly runId: string;
  readonly attempt: number;
  /** Step of the checkpoint that the attempt goes on from, or 0. */
  readonly fromStep: number;
  /** Of the trainer; 0: as many as it sees fit. */
  readonly threads: number;
  readonly provider: Provider;
  readonly spec: ResolvedRunSpec;
  readonly fence: Fence;
  readonly recorder: RunRecorder;
  readonly tools: JournalledTools;
  /** Null: the run has no reward. */
  readonly scorer: Scorer | null;
  /** Null: the trainer samples by itself. */
  readonly agents: RunAgents | null;
  /** Hashes of what the run was given. */
  readonly inputs: Record<string, unknown>;
}

export class RunHandler implements TrainerHandler {
  constructor(private readonly options: RunHandlerOptions) {}

  async onHello(hello: TrainerMessageOf<'hello'>): Promise<void> {
    const { fence, runId, attempt, fromStep, inputs } = this.options;
    const machine = machineOf(hello, this.options);
    await fence.transaction(async (manager) => {
      const { manifest: before } = await manager.findOneByOrFail(Run, { id: runId });
      await manager.update(Run, { id: runId }, { manifest: storableJson({ ...machine, attempt, inputs }) });
      const changes = fingerprintChanges(before, machine);
      if (fromStep === 0 || changes.length === 0) return;
      const message = `The run goes on where bit equality with an undisturbed run is not promised: ${changes.join(', ')}`;
      await appendEvent(manager, runId, { level: 'warn', type: 'run.log', message, data: { attempt } });
    });
  }

  phase(message: TrainerMessageOf<'phase'>): Promise<void> {
    return this.options.recorder.storePhase(message);
  }

  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    return this.options.tools.call(message, signal);
  }

  score(message: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]> {
    const { scorer, spec } = this.options;
    if (!scorer) throw new Error(`this run of method ${spec.method} has no reward`);
    return scorer.score(message, signal);
  }

  chat({ events }: TrainerMessageOf<'chat'>): void {
    this.options.agents?.tell(events);
  }

  store(message: StorableMessage, arrays: FrameArrays): Promise<void> {
    return this.options.recorder.store(message, arrays);
  }
}

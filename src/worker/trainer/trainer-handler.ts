/** What the worker does for a trainer, one implementation per kind of job. The session carries messages; the handler knows what they mean. */
import type { FrameArrays } from '../../protocol/frames.js';
import type { ScoreResult, StorableMessage, TrainerMessageOf, WorkerMessage } from '../../protocol/messages.js';

export type { StorableMessage, TrainerMessageOf };

export type ToolAnswer = Omit<Extract<WorkerMessage, { type: 'tool_result' }>, 'type' | 'call'>;

export interface TrainerHandler {
  /** The trainer is there; what it is made of goes into the manifest. */
  onHello(hello: TrainerMessageOf<'hello'>): Promise<void>;
  phase(message: TrainerMessageOf<'phase'>): Promise<void>;
  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer>;
  /** One score per response, in order. */
  score(message: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]>;
  /** What a trainer that serves a model has to say. */
  chat?(message: TrainerMessageOf<'chat'>): void;
  /** When it resolves, the message is stored. Called for one message after the other, in their order. */
  store(message: StorableMessage, arrays: FrameArrays): Promise<void>;
}

/** The rollouts of one prompt while agents that are outside carry them out: what each has asked, and which have ended. Runs no model. */
import type { WorkerMessage } from '../../protocol/messages.js';
import type { PromptTask } from '../trees/prompt-task.js';
import type { AgentCall } from './agent-tree.js';

export interface OpenRollout {
  readonly calls: AgentCall[];
  /** null: its agent may still ask. */
  ended: Pick<Extract<WorkerMessage, { type: 'rollout_ended' }>, 'outcome' | 'reward' | 'message'> | null;
  /** Answers that have begun, those that were given up too. */
  answers: number;
  /** Of all calls, what a call continues once; those under way count as if they became as long as they may. */
  tokens: number;
}

export interface AgentGroup {
  readonly task: PromptTask;
  readonly rollouts: readonly OpenRollout[];
}

export function newGroup(task: PromptTask, size: number): AgentGroup {
  return { task, rollouts: Array.from({ length: size }, () => ({ calls: [], ended: null, answers: 0, tokens: 0 })) };
}

/** The tools of one job. Every call has an answer, and one that PostgreSQL can hold: the answer that is stored is the one that is given. */
import type { Tool } from '../../tools/tool.js';
import { storableText } from '../../store/storable-text.js';
import { withoutPaths } from '../jobs/without-paths.js';
import type { TrainerMessageOf, ToolAnswer } from '../trainer/trainer-handler.js';

export class ToolSet {
  private readonly tools: ReadonlyMap<string, Tool>;

  constructor(tools: readonly Tool[]) {
    this.tools = new Map(tools.map((tool) => [tool.name, tool]));
  }

  /** @throws the signal's reason once it is aborted: an answer that was cut off is no answer */
  async call({ tool, input }: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const answer = await this.answer(tool, input, signal);
    signal.throwIfAborted();
    return { ...answer, latency_ms: performance.now() - startedAt };
  }

  async close(): Promise<void> {
    await Promise.all([...this.tools.values()].map((tool) => tool.close()));
  }

  private async answer(name: string, input: string, signal: AbortSignal): Promise<Omit<ToolAnswer, 'latency_ms'>> {
    const tool = this.tools.get(name);
    if (!tool) return { outcome: 'infra_error', text: `the run has no tool ${name}` };
    const outcome = await tool.call(input, signal);
    // What a program wrote is its own; what went wrong here may name files of this machine.
    const text = outcome.kind === 'infra_error' ? withoutPaths(outcome.message) : outcome.text;
    return { outcome: outcome.kind, text: storableText(text) };
  }
}

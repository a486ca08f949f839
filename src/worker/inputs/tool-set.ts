/** The tools of one job. Every call has an answer, and one that PostgreSQL can hold: the answer that is stored is the one that is given. */
import { AppError } from '../../errors/app-error.js';
import { callArguments } from '../../spec/tools/call-arguments.js';
import type { Tool, ToolCall, ToolDefinition, ToolOutcome } from '../../tools/tool.js';
import { withoutSecrets } from '../../outgoing/without-secrets.js';
import { storableText } from '../../store/storable-text.js';
import { withoutPaths } from '../jobs/without-paths.js';
import type { TrainerMessageOf, ToolAnswer } from '../trainer/trainer-handler.js';

export class ToolSet {
  /** What the model can call, in the order of the spec's tools. */
  readonly definitions: readonly ToolDefinition[];
  private readonly functions = new Map<string, { tool: Tool; definition: ToolDefinition }>();

  /**
   * @param secrets what the tools show to servers: it is cut out of what they answer
   * @param callLimits how often a trajectory may call a tool, by its name, where that is limited
   * @throws {AppError} INPUT_FAILED when two tools offer the same name
   */
  constructor(
    private readonly tools: readonly Tool[],
    private readonly secrets: readonly string[] = [],
    readonly callLimits: Readonly<Record<string, number>> = {},
  ) {
    this.definitions = tools.flatMap(({ definitions }) => definitions);
    for (const tool of tools) for (const definition of tool.definitions) this.add(tool, definition);
  }

  private add(tool: Tool, definition: ToolDefinition): void {
    const { name } = definition;
    if (this.functions.has(name))
      throw new AppError('INPUT_FAILED', { object: 'tool', id: name, reason: 'two tools of this spec have this name' });
    this.functions.set(name, { tool, definition });
  }

  /** @throws the signal's reason once it is aborted: an answer that was cut off is no answer */
  async call(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const outcome = await this.outcome(message, signal);
    signal.throwIfAborted();
    // What a program wrote is its own; what went wrong here may name files of this machine.
    const text = outcome.kind === 'infra_error' ? withoutPaths(outcome.message) : outcome.text;
    const shown = storableText(withoutSecrets(text, this.secrets));
    return { outcome: outcome.kind, text: shown, latency_ms: performance.now() - startedAt };
  }

  /** Tells the tool of a call that is answered by what is stored. */
  recall(message: TrainerMessageOf<'tool_call'>, { outcome: kind, text }: Pick<ToolAnswer, 'outcome' | 'text'>): void {
    const called = this.functions.get(message.tool);
    if (!called?.tool.recall) return;
    const given = callArguments(message.input, message.format, called.definition);
    if ('problem' in given) return;
    const outcome: ToolOutcome = kind === 'infra_error' ? { kind, message: text } : { kind, text };
    called.tool.recall(callOf(message, given.arguments), outcome);
  }

  async close(): Promise<void> {
    await Promise.all(this.tools.map((tool) => tool.close()));
  }

  private async outcome(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolOutcome> {
    const called = this.functions.get(message.tool);
    if (!called) return { kind: 'program_error', text: this.unknown(message.tool) };
    const given = callArguments(message.input, message.format, called.definition);
    if ('problem' in given) return { kind: 'program_error', text: given.problem };
    return called.tool.call(callOf(message, given.arguments), signal);
  }

  /** For the model, which wrote the call. */
  private unknown(name: string): string {
    const known = `The tools are ${this.definitions.map((definition) => definition.name).join(', ')}.`;
    if (name !== '') return `There is no tool ${name}. ${known}`;
    return `A call is a JSON object with the name of a tool and its arguments. ${known}`;
  }
}

const callOf = (
  { tool: name, call: id, previous, example }: TrainerMessageOf<'tool_call'>,
  given: Record<string, unknown>,
): ToolCall => ({ name, arguments: given, id, previous, example });

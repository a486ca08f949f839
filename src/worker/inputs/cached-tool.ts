/** A tool whose answers are used again for the same call of the same project. Failures of the tool itself are not kept. */
import { AppError } from '../../errors/app-error.js';
import type { Tool, ToolCall, ToolDefinition, ToolOutcome } from '../../tools/tool.js';
import type { ToolResults } from './tool-results.js';

/** Under which it is kept what the server offers. */
const OFFER = 'tools';
const REMEDY = 'have a run or an evaluation use it with "cache": "read_write" first';

export class CachedTool implements Tool {
  /** @param tool null: only what is stored is answered */
  private constructor(
    readonly definitions: readonly ToolDefinition[],
    private readonly tool: Tool | null,
    private readonly results: ToolResults,
  ) {}

  /** Keeps also what the tool offers, so that it can be replayed without its server. */
  static async filling(tool: Tool, results: ToolResults, signal: AbortSignal): Promise<CachedTool> {
    await results.keep(OFFER, { outcome: 'ok', text: JSON.stringify(tool.definitions) }, signal);
    return new CachedTool(tool.definitions, tool, results);
  }

  /**
   * Makes no request.
   * @param url names the tool in the error
   * @throws {AppError} INPUT_FAILED when it is not stored what the tool offers
   */
  static async replaying(url: string, results: ToolResults, signal: AbortSignal): Promise<CachedTool> {
    const offer = await results.find(OFFER, signal);
    if (!offer) {
      const reason = `its cache is read_only and has nothing of it; ${REMEDY}`;
      throw new AppError('INPUT_FAILED', { object: 'tool', id: url, reason });
    }
    return new CachedTool(JSON.parse(offer.text) as ToolDefinition[], null, results);
  }

  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const asked = { name: call.name, arguments: call.arguments };
    const stored = await this.results.find(asked, signal);
    signal.throwIfAborted();
    if (stored) return { kind: stored.outcome, text: stored.text };
    if (!this.tool)
      return {
        kind: 'infra_error',
        message: `${call.name}: its cache is read_only and has no answer to this call; ${REMEDY}`,
      };
    const outcome = await this.tool.call(call, signal);
    if (outcome.kind !== 'infra_error')
      await this.results.keep(asked, { outcome: outcome.kind, text: outcome.text }, signal);
    return outcome;
  }

  async close(): Promise<void> {
    await this.tool?.close();
  }
}

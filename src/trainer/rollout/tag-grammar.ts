/**
 * Calls between tags, which interrupt the model: `<search>query</search>`, `<python>code</python>`.
 *
 * The input is the text between the closing tag and the last opening tag before it in the same segment, as it stands. A closing tag without
 * an opening one is text (the released code then captures from the system prompt's example), and so are tags of tools that the run
 * does not have.
 */
import type { TagNames } from '../../spec/prompt.js';
import { tagsOf } from '../model/agent-tags.js';
import type { ToolCall, ToolGrammar } from './tool-grammar.js';

export class TagGrammar implements ToolGrammar {
  private readonly tags: readonly { tool: string; opens: string; closes: string }[];

  /** @param tags those of tools that have others than their names */
  constructor(tools: readonly string[], tags: TagNames = {}) {
    this.tags = tools.map((tool) => ({ tool, ...tagsOf(tags, tool) }));
  }

  completed(text: string, newest: number): ToolCall | null {
    let earliest = Infinity;
    let call: ToolCall | null = null;
    for (const { tool, opens, closes } of this.tags) {
      const closesAt = text.indexOf(closes, Math.max(0, text.length - newest - closes.length + 1));
      if (closesAt < 0 || closesAt >= earliest) continue;
      const opensAt = closesAt === 0 ? -1 : text.lastIndexOf(opens, closesAt - 1);
      if (opensAt < 0) continue;
      earliest = closesAt;
      const span = { start: opensAt, end: closesAt + closes.length };
      call = { tool, input: text.slice(opensAt + opens.length, closesAt), format: 'text', span };
    }
    return call;
  }

  ended(): ToolCall[] {
    return [];
  }
}

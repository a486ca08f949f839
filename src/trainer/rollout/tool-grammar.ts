/**
 * Finds tool calls in what a model writes: `<search>query</search>`, `<python>code</python>`. Knows the tags, not the tools.
 *
 * The input is the text between the closing tag and the last opening tag before it in the same segment, as it stands. A closing tag without
 * an opening one is text (the released code then captures from the system prompt's example), and so are tags of tools that the run
 * does not have.
 */
import type { TextSpan } from '../trees/tree.js';

export interface ToolCall {
  tool: string;
  input: string;
  /** Where the call, tags included, stands in the text. */
  span: TextSpan;
}

export class ToolGrammar {
  private readonly tags: readonly { tool: string; opens: string; closes: string }[];

  constructor(tools: readonly string[]) {
    this.tags = tools.map((tool) => ({ tool, opens: `<${tool}>`, closes: `</${tool}>` }));
  }

  /** The call that the last `newest` characters of `text` complete, if they do. */
  completed(text: string, newest: number): ToolCall | null {
    let earliest = Infinity;
    let call: ToolCall | null = null;
    for (const { tool, opens, closes } of this.tags) {
      const closesAt = text.indexOf(closes, Math.max(0, text.length - newest - closes.length + 1));
      if (closesAt < 0 || closesAt >= earliest) continue;
      const opensAt = closesAt === 0 ? -1 : text.lastIndexOf(opens, closesAt - 1);
      if (opensAt < 0) continue;
      earliest = closesAt;
      call = {
        tool,
        input: text.slice(opensAt + opens.length, closesAt),
        span: { start: opensAt, end: closesAt + closes.length },
      };
    }
    return call;
  }
}

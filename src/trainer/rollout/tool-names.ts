import type { ToolSpec } from '../../spec/run-spec.js';

/** The tags by which a model calls the tools of a spec. */
export function toolNames(tools: readonly ToolSpec[]): string[] {
  return tools.map((tool) => (tool.type === 'http' ? tool.name : tool.type));
}

import type { ResolvedToolSpec } from '../../spec/tools/index.js';

/** The tags by which a model calls the tools of a spec. */
export function toolNames(tools: readonly ResolvedToolSpec[]): string[] {
  return tools.map((tool) => (tool.type === 'http' ? tool.name : tool.type));
}

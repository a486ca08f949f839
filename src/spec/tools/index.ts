/** The tools of the contract: one row for each type. A new one is a file here, a row, and how it works in `src/tools`. */
import type { z } from 'zod';
import type { SpecProblem } from '../problem.js';
import { schemasOf } from '../typed-row.js';
import { environment } from './environment.js';
import { http } from './http.js';
import { mcp } from './mcp.js';
import { python } from './python.js';
import { search } from './search.js';
import type { ToolRow } from './tool-row.js';

const TOOLS = { python, search, mcp, http, environment } as const;

export type ToolType = keyof typeof TOOLS;

const schemas = schemasOf(Object.values(TOOLS));

export const ToolSpecInput = schemas.input.meta({ id: 'ToolSpec' });
export type ToolSpecInput = z.infer<typeof ToolSpecInput>;

export const ResolvedToolSpec = schemas.resolved.meta({
  id: 'ResolvedToolSpec',
  description: 'A tool with every default filled in.',
});
export type ResolvedToolSpec = z.infer<typeof ResolvedToolSpec>;

/** The row of a tool's type, which takes tools of that type alone. */
const rowOf = (type: ToolType) => TOOLS[type] as unknown as ToolRow<typeof ToolSpecInput, typeof ResolvedToolSpec>;

export function resolveTool(tool: ToolSpecInput): ResolvedToolSpec {
  return rowOf(tool.type).resolve(tool);
}

/** What the model calls it; of a server of several tools, what that is. */
export const toolName = (tool: ToolSpecInput): string => rowOf(tool.type).nameOf(tool) ?? tool.type;

/** The names that calls can have; null: a server decides. */
export function callableNames(tools: readonly ToolSpecInput[]): string[] | null {
  const names = tools.map((tool) => rowOf(tool.type).nameOf(tool));
  return names.includes(null) ? null : names.filter((name) => name !== null);
}

/** How often a trajectory may call what the tool offers, each of it; null: it has no limit of its own. */
export const maxCallsOf = ({ max_calls: most }: ResolvedToolSpec): number | null => most;

/** What keeps a run or an evaluation from having these tools. */
export function toolProblems(tools: readonly ToolSpecInput[], path = 'tools'): SpecProblem[] {
  const names = tools.map((tool) => rowOf(tool.type).nameOf(tool));
  return tools.flatMap((tool, i) => {
    const at = `${path}.${i}`;
    const problems = [...rowOf(tool.type).problems(tool, at)];
    const name = names[i] ?? null;
    if (name !== null && names.indexOf(name) < i) {
      problems.push(
        name === tool.type
          ? { path: `${at}.type`, message: `a run takes one ${name} tool; remove the second` }
          : { path: `${at}.name`, message: `two tools are called ${name}; give one of them another name` },
      );
    }
    return problems;
  });
}

/** The names of the secrets that a tool uses, and where in the tool each is named. */
export function toolSecrets(tool: ResolvedToolSpec): { path: string; name: string }[] {
  const ownName = ('secret' in tool && tool.secret) || null;
  const summary = 'pages' in tool ? tool.pages?.summary : null;
  const summaryName = (summary && 'secret' in summary && summary.secret) || null;
  const embeddingsName = ('embeddings' in tool && tool.embeddings?.secret) || null;
  return [
    ...(ownName === null ? [] : [{ path: 'secret', name: ownName }]),
    ...(summaryName === null ? [] : [{ path: 'pages.summary.secret', name: summaryName }]),
    ...(embeddingsName === null ? [] : [{ path: 'embeddings.secret', name: embeddingsName }]),
  ];
}

/** The dataset of kind `corpus` that a tool searches; null: it needs none. */
export function corpusOf(tool: ResolvedToolSpec): string | null {
  return ('corpus' in tool && tool.corpus) || null;
}

/** How the policy itself summarises what a tool finds, and where in the tools that is said; null: it has no such tool. */
export function policySummaryOf(tools: readonly ResolvedToolSpec[]): AskedSummary | null {
  for (const [i, tool] of tools.entries()) {
    if (tool.type !== 'search' || !tool.pages?.summary || !('by' in tool.pages.summary)) continue;
    const { characters, summary } = tool.pages;
    return { path: `tools.${i}.pages.summary`, maxTokens: summary.max_tokens, characters: characters * tool.top_k };
  }
  return null;
}

interface AskedSummary {
  /** Of the field, within the spec. */
  readonly path: string;
  /** Of a summary. */
  readonly maxTokens: number;
  /** Of the passages that are summarised together, at most. */
  readonly characters: number;
}

/** Whether a tool takes a worker that offers its machine's own Python. */
export const needsHostPython = (tools: readonly ResolvedToolSpec[]): boolean =>
  tools.some((tool) => tool.type === 'python' && tool.runtime === 'host');

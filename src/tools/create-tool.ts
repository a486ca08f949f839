/** Makes the tool that a spec asks for. A type of tool that is built and has no row does not compile. */
import { AppError } from '../errors/app-error.js';
import { isBuiltTool, type BuiltToolType, type ResolvedToolSpec } from '../spec/tools/index.js';
import { PythonTool } from './python.js';
import { SearchTool, type CorpusDocument } from './search.js';
import type { Tool } from './tool.js';

export interface ToolContext {
  /** The documents of the spec's corpus, in the order of the dataset; asked for only by a tool that searches. */
  readonly corpus?: readonly CorpusDocument[];
  /** Python programs that may run at the same time. Default 1. */
  readonly pythonThreads?: number;
}

type Factory<T extends BuiltToolType> = (
  spec: Extract<ResolvedToolSpec, { type: T }>,
  context: ToolContext,
) => Promise<Tool>;

const factories: { readonly [T in BuiltToolType]: Factory<T> } = {
  python: async ({ timeout_s, memory_mb }, { pythonThreads = 1 }) =>
    new PythonTool({ timeoutS: timeout_s, memoryMb: memory_mb, threads: pythonThreads }),
  search: async ({ top_k, k1, b }, { corpus }) => {
    if (!corpus) throw new TypeError('a search tool needs the documents of its corpus');
    return SearchTool.over(corpus, { topK: top_k, k1, b });
  },
};

/** Indexes a corpus: some seconds for 100,000 short documents. Rejects with NOT_IMPLEMENTED_YET for types that are declared but not built. */
export async function createTool(spec: ResolvedToolSpec, context: ToolContext): Promise<Tool> {
  if (isBuiltTool(spec)) return (factories[spec.type] as Factory<BuiltToolType>)(spec, context);
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${spec.type} tool`, param: 'tools' });
}

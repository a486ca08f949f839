/** Makes the tool that a spec asks for. A type of tool without a row does not compile. */
import { AppError } from '../errors/app-error.js';
import type { ToolSpec } from '../spec/run-spec.js';
import { PythonTool } from './python.js';
import { SearchTool, type CorpusDocument } from './search.js';
import type { Tool } from './tool.js';

export interface ToolContext {
  /** The documents of the spec's corpus, in the order of the dataset; asked for only by a tool that searches. */
  readonly corpus?: readonly CorpusDocument[];
  /** Python programs that may run at the same time. Default 1. */
  readonly pythonThreads?: number;
}

type ToolType = ToolSpec['type'];

const notBuilt = ({ type }: { type: ToolType }): never => {
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${type} tool`, param: 'tools' });
};

const factories: {
  readonly [T in ToolType]: (spec: Extract<ToolSpec, { type: T }>, context: ToolContext) => Promise<Tool>;
} = {
  python: async ({ timeout_s = 10, memory_mb = 256 }, { pythonThreads = 1 }) =>
    new PythonTool({ timeoutS: timeout_s, memoryMb: memory_mb, threads: pythonThreads }),
  search: async ({ top_k = 3, k1 = 1.2, b = 0.75 }, { corpus }) => {
    if (!corpus) throw new TypeError('a search tool needs the documents of its corpus');
    return SearchTool.over(corpus, { topK: top_k, k1, b });
  },
  mcp: async (spec) => notBuilt(spec),
  http: async (spec) => notBuilt(spec),
};

/** Indexes a corpus: some seconds for 100,000 short documents. Rejects with NOT_IMPLEMENTED_YET for types that are declared but not built. */
export function createTool<T extends ToolType>(
  spec: Extract<ToolSpec, { type: T }>,
  context: ToolContext,
): Promise<Tool> {
  return factories[spec.type](spec, context);
}

/** Makes the tool that a spec asks for. A type of tool that is built and has no row does not compile. */
import { AppError } from '../errors/app-error.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import { isBuiltTool, type BuiltToolType, type ResolvedToolSpec } from '../spec/tools/index.js';
import { HttpTool } from './http.js';
import { PythonTool } from './python.js';
import { SearchTool, type CorpusDocument } from './search.js';
import type { Tool } from './tool.js';

export interface ToolContext {
  /** The documents of the spec's corpus, in the order of the dataset; asked for only by a tool that searches. */
  readonly corpus?: readonly CorpusDocument[];
  /** Python programs that may run at the same time. Default 1. */
  readonly pythonThreads?: number;
  /** For a tool that a user serves. */
  readonly remote?: RemoteContext;
}

export interface RemoteContext {
  readonly outgoing: Outgoing;
  /** The value of the spec's secret; null: it names none. */
  readonly secret: string | null;
  /** Id of the run, the evaluation or the preview that calls. */
  readonly job: string;
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
  http: async ({ name, description, parameters, url, timeout_s }, { remote }) => {
    if (!remote) throw new TypeError('an http tool needs to know how to reach its server');
    await remote.outgoing.check(new URL(url)).catch((error: Error) => {
      throw new AppError('INPUT_FAILED', { object: 'tool', id: name, reason: error.message });
    });
    return new HttpTool({
      definition: { name, description, parameters },
      url: new URL(url),
      timeoutS: timeout_s,
      ...remote,
    });
  },
};

/** Indexes a corpus: some seconds for 100,000 short documents. Rejects with NOT_IMPLEMENTED_YET for types that are declared but not built. */
export async function createTool(spec: ResolvedToolSpec, context: ToolContext): Promise<Tool> {
  if (isBuiltTool(spec)) return (factories[spec.type] as Factory<BuiltToolType>)(spec, context);
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${spec.type} tool`, param: 'tools' });
}

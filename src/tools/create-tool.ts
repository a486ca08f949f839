/** Makes the tool that a spec asks for. A type of tool that has no row does not compile. */
import { AppError } from '../errors/app-error.js';
import { endpointUrl } from '../outgoing/endpoint-url.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import { isWebSearch, type WebSearchSpec } from '../spec/tools/search.js';
import type { ResolvedEmbeddings } from '../spec/tools/embeddings.js';
import type { ResolvedToolSpec, ToolType } from '../spec/tools/index.js';
import { Embedder } from './corpus/embedder.js';
import type { HostPython } from './host-python/host-python.js';
import { EnvironmentTool } from './environment/environment.js';
import { HttpTool } from './http.js';
import { McpTool } from './mcp.js';
import { PageReader } from './pages/page-reader.js';
import { PythonTool } from './python.js';
import { SearchTool, type Corpus } from './search.js';
import type { Tool, ToolDefinition } from './tool.js';
import { SEARCH_PROVIDERS } from './web-search/index.js';
import { WebSearchTool, type PagesOptions } from './web-search.js';

export interface ToolContext {
  /** The spec's; asked for only by a tool that searches one. */
  readonly corpus?: Corpus;
  /** Python programs that may run at the same time. Default 1. */
  readonly pythonThreads?: number;
  /** The machine's own; null or absent: it is not offered. */
  readonly hostPython?: HostPython | null;
  /** For a tool that a user serves. */
  readonly remote?: RemoteContext;
}

export interface RemoteContext {
  readonly outgoing: Outgoing;
  /** The values of the secrets that the spec names, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Id of the run, the evaluation or the preview that calls. */
  readonly job: string;
  /** What the job was told of its tools when it began; null: it begins now. */
  readonly pinned: readonly ToolDefinition[] | null;
  /** Ends waiting for a server. */
  readonly signal: AbortSignal;
  /** Counts one more call to a provider today; false: the spec allows no more. */
  readonly spend?: (signal: AbortSignal) => Promise<boolean>;
}

type Factory<T extends ToolType> = (
  spec: Extract<ResolvedToolSpec, { type: T }>,
  context: ToolContext,
) => Promise<Tool>;

const factories: { readonly [T in ToolType]: Factory<T> } = {
  python: async ({ runtime, timeout_s, memory_mb }, { pythonThreads = 1, hostPython }) => {
    const options = { timeoutS: timeout_s, memoryMb: memory_mb, threads: pythonThreads };
    if (runtime === 'wasm') return new PythonTool(options);
    if (hostPython) return new PythonTool({ ...options, host: hostPython });
    return refuse('python')(new Error('this worker offers no Python of its machine: set HOST_PYTHON'));
  },
  search: async (spec, { corpus, remote }) => {
    if (isWebSearch(spec)) return webSearch(spec, given(remote));
    const { top_k: topK, k1, b } = spec;
    if (!corpus) throw new TypeError('a search tool needs its corpus');
    return SearchTool.over(corpus, { topK, k1, b });
  },
  http: async ({ name, description, parameters, url, timeout_s, secret }, { remote }) => {
    const { outgoing, secrets, job } = given(remote);
    await outgoing.check(new URL(url)).catch(refuse(name));
    const definition = { name, description, parameters };
    return new HttpTool({
      definition,
      url: new URL(url),
      timeoutS: timeout_s,
      outgoing,
      secret: valueOf(secret, secrets),
      job,
    });
  },
  environment: async ({ url, secret, timeout_s: timeoutS, ...spec }, { remote }) => {
    const { outgoing, secrets, pinned, signal } = given(remote);
    const { name, description, parameters, episodes } = spec;
    const server = { url: new URL(url), secret: valueOf(secret, secrets), outgoing };
    const options = { name, description, parameters, episodes, timeoutS, pinned, ...server };
    return EnvironmentTool.open(options, signal).catch((error: Error) => {
      signal.throwIfAborted();
      return refuse(name)(error);
    });
  },
  mcp: async ({ url, allow, timeout_s, secret }, { remote }) => {
    const { outgoing, secrets, pinned, signal } = given(remote);
    const value = valueOf(secret, secrets);
    const options = { url: new URL(url), allow, timeoutS: timeout_s, outgoing, secret: value, pinned };
    return McpTool.open(options, signal).catch((error: Error) => {
      signal.throwIfAborted();
      return refuse(url)(error);
    });
  },
};

async function webSearch(spec: WebSearchSpec, { outgoing, secrets, spend }: RemoteContext): Promise<Tool> {
  const { provider: name, url, top_k: topK, timeout_s: timeoutS } = spec;
  const secret = valueOf(spec.secret, secrets);
  const provider = SEARCH_PROVIDERS[name];
  const place = url ?? provider.address;
  if (place === null || !spend) throw new TypeError(`${name} needs an address, and calls to spend`);
  const address = new URL(place);
  await outgoing.check(address).catch(refuse(name));
  const pages = spec.pages ? await pagesOf(spec.pages, { outgoing, secrets }).catch(refuse(name)) : null;
  return new WebSearchTool({ name, provider, address, secret, topK, timeoutS, outgoing, spend, pages });
}

async function pagesOf(
  { timeout_s: timeoutS, characters, summary }: NonNullable<WebSearchSpec['pages']>,
  { outgoing, secrets }: Pick<RemoteContext, 'outgoing' | 'secrets'>,
): Promise<PagesOptions> {
  const reader = new PageReader({ outgoing, timeoutS });
  if (!summary || 'by' in summary) return { reader, characters, summariser: summary && summary.by };
  const url = endpointUrl(summary.base_url, '/chat/completions');
  await outgoing.check(url);
  const { model, temperature, max_tokens: maxTokens, timeout_s: limitS } = summary;
  const secret = valueOf(summary.secret, secrets);
  const summariser = { url, outgoing, model, secret, temperature, maxTokens, timeoutS: limitS };
  return { reader, characters, summariser };
}

/** @throws {AppError} INPUT_FAILED for an endpoint that must not be asked */
export async function embedderOf(
  spec: ResolvedEmbeddings,
  { outgoing, secrets }: Pick<RemoteContext, 'outgoing' | 'secrets'>,
): Promise<Embedder> {
  const embedder = new Embedder({ spec, outgoing, secret: valueOf(spec.secret, secrets) });
  await outgoing.check(embedder.url).catch(refuse('search'));
  return embedder;
}

function valueOf(name: string | null, secrets: ReadonlyMap<string, string>): string | null {
  if (name === null) return null;
  const value = secrets.get(name);
  if (value === undefined) throw new TypeError(`the value of the secret ${name} is needed`);
  return value;
}

function given(remote: RemoteContext | undefined): RemoteContext {
  if (!remote) throw new TypeError('a tool that a user serves needs to know how to reach its server');
  return remote;
}

const refuse =
  (tool: string) =>
  ({ message }: Error): never => {
    throw new AppError('INPUT_FAILED', { object: 'tool', id: tool, reason: message });
  };

/**
 * Asks a server what its tools are.
 * @throws {AppError} INPUT_FAILED for a server that cannot be used
 */
export async function createTool(spec: ResolvedToolSpec, context: ToolContext): Promise<Tool> {
  return (factories[spec.type] as Factory<ToolType>)(spec, context);
}

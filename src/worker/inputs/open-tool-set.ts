/** Sets up the tools that a spec names. */
import { AppError } from '../../errors/app-error.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { withoutSecrets } from '../../outgoing/without-secrets.js';
import { maxCallsOf, toolSecrets, type ResolvedToolSpec } from '../../spec/tools/index.js';
import { isCorpusSearch, type CorpusSearchSpec, type WebSearchSpec } from '../../spec/tools/search.js';
import { createTool, embedderOf, type RemoteContext } from '../../tools/create-tool.js';
import type { Corpus } from '../../tools/search.js';
import type { Tool, ToolDefinition } from '../../tools/tool.js';
import { openCorpus } from './corpus.js';
import type { CorpusContext } from './corpus-context.js';
import type { InputFiles } from './input-files.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import type { JobContext } from '../jobs/job-processor.js';
import { CachedTool } from './cached-tool.js';
import { DailyCalls } from './daily-calls.js';
import { ToolResults } from './tool-results.js';
import { ToolSet } from './tool-set.js';

type ToolDependencies = Pick<
  WorkerDependencies,
  'blobs' | 'dataSource' | 'guard' | 'projectSecrets' | 'pythonPool' | 'hostPython'
>;

const LOST =
  'the run began with it, and its server no longer has it; have the server offer it again, or post the run anew';

/**
 * Whoever opens a tool set closes it.
 * @param pinned what the job was told of its tools when it began; null: it begins now
 * @throws {AppError} INPUT_FAILED for a corpus, a secret or a server that is not usable, and for two tools of one name
 */
export async function openToolSet(
  specs: readonly ResolvedToolSpec[],
  files: InputFiles,
  { blobs, dataSource, guard, projectSecrets, pythonPool: pythonThreads, hostPython }: ToolDependencies,
  { job: { projectId, subjectId: job }, signal, scratch }: Pick<JobContext, 'job' | 'signal' | 'scratch'>,
  pinned: readonly ToolDefinition[] | null = null,
): Promise<ToolSet> {
  const tools: Tool[] = [];
  const secrets: string[] = [];
  const callLimits: Record<string, number> = {};
  const outgoing = new Outgoing(guard);
  try {
    for (const spec of specs) {
      const named = new Map<string, string>();
      for (const { name } of toolSecrets(spec)) named.set(name, await projectSecrets.value(projectId, name));
      secrets.push(...named.values());
      const corpus =
        spec.type === 'search' && isCorpusSearch(spec)
          ? {
              corpus: await openSearch(
                spec,
                files,
                { outgoing, secrets: named },
                { dataSource, blobs, scratch, signal },
              ),
            }
          : {};
      const spend = new DailyCalls(dataSource, projectId).of(spec);
      const remote = { outgoing, secrets: named, job, pinned, signal, ...(spend ? { spend } : {}) };
      const open = () => createTool(spec, { ...corpus, pythonThreads, hostPython, remote });
      const results = new ToolResults(dataSource, projectId, serverOf(spec), secrets);
      const tool = await cached(spec, open, results, signal);
      tools.push(tool);
      const most = maxCallsOf(spec);
      if (most !== null) for (const { name } of tool.definitions) callLimits[name] = most;
    }
    const toolSet = new ToolSet(tools, secrets, callLimits);
    const lost = pinned?.find(({ name }) => !toolSet.definitions.some((one) => one.name === name));
    if (lost) throw new AppError('INPUT_FAILED', { object: 'tool', id: lost.name, reason: LOST });
    return toolSet;
  } catch (error) {
    await Promise.all(tools.map((tool) => tool.close()));
    if (error instanceof Error) error.message = withoutSecrets(error.message, secrets);
    throw error;
  }
}

/** @throws {AppError} INPUT_FAILED for a corpus or an endpoint that is not usable */
async function openSearch(
  { corpus, retrieval, embeddings }: CorpusSearchSpec,
  files: InputFiles,
  remote: Pick<RemoteContext, 'outgoing' | 'secrets'>,
  context: CorpusContext,
): Promise<Corpus> {
  const embedder = embeddings && (await embedderOf(embeddings, remote));
  return openCorpus(await files.dataset(corpus), { retrieval, embedder }, context);
}

async function cached(
  spec: ResolvedToolSpec,
  open: () => Promise<Tool>,
  results: ToolResults,
  signal: AbortSignal,
): Promise<Tool> {
  if (!('cache' in spec) || spec.cache === undefined || spec.cache === 'off') return open();
  if (spec.cache === 'read_only') return CachedTool.replaying(spec.url ?? spec.type, results, signal);
  return CachedTool.filling(await open(), results, signal);
}

/** A spec without what decides no answer. */
const serverOf = (spec: ResolvedToolSpec): object => ({
  ...spec,
  ...('pages' in spec && spec.pages ? { pages: pagesOf(spec.pages) } : {}),
  cache: undefined,
  secret: undefined,
  timeout_s: undefined,
  daily_calls: undefined,
  max_calls: undefined,
});

const pagesOf = ({ characters, summary }: NonNullable<WebSearchSpec['pages']>): object => ({
  characters,
  summary: summary && ('by' in summary ? summary.by : { ...summary, secret: undefined, timeout_s: undefined }),
});

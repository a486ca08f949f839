/** Sets up the tools that a spec names. */
import { Outgoing } from '../../outgoing/outgoing.js';
import { corpusOf, secretOf, type ResolvedToolSpec } from '../../spec/tools/index.js';
import { createTool } from '../../tools/create-tool.js';
import type { CorpusDocument } from '../../tools/search.js';
import type { Tool } from '../../tools/tool.js';
import type { InputFiles } from './input-files.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { ToolSet } from './tool-set.js';

type ToolDependencies = Pick<WorkerDependencies, 'guard' | 'projectSecrets' | 'pythonPool'>;

/**
 * Whoever opens a tool set closes it.
 * @throws {AppError} INPUT_FAILED for a corpus, a secret or a server that is not usable, and for two tools of one name
 */
export async function openToolSet(
  specs: readonly ResolvedToolSpec[],
  files: InputFiles,
  { guard, projectSecrets, pythonPool: pythonThreads }: ToolDependencies,
  { projectId, subjectId: job }: Pick<ClaimedJob, 'projectId' | 'subjectId'>,
): Promise<ToolSet> {
  const tools: Tool[] = [];
  const secrets: string[] = [];
  const outgoing = new Outgoing(guard);
  try {
    for (const spec of specs) {
      const corpusId = corpusOf(spec);
      const corpus = corpusId === null ? {} : { corpus: await documentsOf(files, corpusId) };
      const secretName = secretOf(spec);
      const secret = secretName === null ? null : await projectSecrets.value(projectId, secretName);
      if (secret !== null) secrets.push(secret);
      tools.push(await createTool(spec, { ...corpus, pythonThreads, remote: { outgoing, secret, job } }));
    }
    return new ToolSet(tools, secrets);
  } catch (error) {
    await Promise.all(tools.map((tool) => tool.close()));
    throw error;
  }
}

async function documentsOf(files: InputFiles, datasetId: string): Promise<CorpusDocument[]> {
  await files.dataset(datasetId);
  const documents: CorpusDocument[] = [];
  for await (const { data } of files.examples(datasetId)) {
    if ('text' in data) documents.push({ text: data.text });
  }
  return documents;
}

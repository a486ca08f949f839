/** Sets up the tools that a spec names. */
import { corpusOf, type ResolvedToolSpec } from '../../spec/tools/index.js';
import { createTool } from '../../tools/create-tool.js';
import type { CorpusDocument } from '../../tools/search.js';
import type { Tool } from '../../tools/tool.js';
import type { InputFiles } from './input-files.js';
import { ToolSet } from './tool-set.js';

/**
 * Whoever opens a tool set closes it.
 * @param pythonThreads programs that may run at the same time
 * @throws {AppError} INPUT_FAILED for a corpus that is not usable, and for two tools of one name
 */
export async function openToolSet(
  specs: readonly ResolvedToolSpec[],
  files: InputFiles,
  pythonThreads: number,
): Promise<ToolSet> {
  const tools: Tool[] = [];
  try {
    for (const spec of specs) {
      const corpusId = corpusOf(spec);
      const corpus = corpusId === null ? {} : { corpus: await documentsOf(files, corpusId) };
      tools.push(await createTool(spec, { ...corpus, pythonThreads }));
    }
    return new ToolSet(tools);
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

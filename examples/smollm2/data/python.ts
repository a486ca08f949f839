/** The service's own python tool, for demonstrations that show what it really prints. */
import { resolveTool } from '../../../src/spec/tools/index.js';
import { createTool } from '../../../src/tools/create-tool.js';

/** What the tool answers to a program, errors included. */
export type Python = (program: string) => Promise<string>;

/** Starts the tool, works with it, and stops it. @throws {Error} when the tool itself fails */
export async function withPython<T>(signal: AbortSignal, work: (python: Python) => Promise<T>): Promise<T> {
  const tool = await createTool(resolveTool({ type: 'python' }), {});
  try {
    return await work(async (program) => {
      const outcome = await tool.call(
        { name: 'python', arguments: { code: program }, id: '', previous: [], example: 0 },
        signal,
      );
      if (outcome.kind === 'infra_error') throw new Error(outcome.message);
      return outcome.text;
    });
  } finally {
    await tool.close();
  }
}

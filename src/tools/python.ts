/**
 * Runs Python that a model wrote: CPython 3.11 in WebAssembly, without the host's files, environment or network, and without memory of earlier
 * calls. Prints the value of a last expression. Beside the standard library there are the packages of `wheels.ts`.
 */
import { LazyPool, OUTPUT_LIMIT_BYTES, type PoolOptions } from './python/lazy-pool.js';
import type { SandboxResult } from './python/sandbox.js';
import { unindented } from './python/source.js';
import { textTool, type Tool, type ToolCall, type ToolOutcome } from './tool.js';

export class PythonTool implements Tool {
  readonly definitions = [
    textTool('python', 'Runs a Python program and returns what it prints.', 'code', 'The program.'),
  ];
  private readonly pool: LazyPool;

  constructor(private readonly options: PoolOptions) {
    this.pool = new LazyPool(options);
  }

  async call({ arguments: { code } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      return this.outcome(await this.pool.run(unindented(String(code)), signal));
    } catch (error) {
      signal.throwIfAborted();
      return {
        kind: 'infra_error',
        message: `Python could not run: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private outcome(result: SandboxResult): ToolOutcome {
    const { timeoutS, memoryMb } = this.options;
    switch (result.end) {
      case 'exit':
        if (result.status === 0) return { kind: 'ok', text: shown(result.stdout) };
        return programError(result.stderr, result.stderr.trim() ? '' : `The program exited with ${result.status}`);
      case 'output_limit':
        return programError(result.stdout, `The program was stopped: it wrote more than ${OUTPUT_LIMIT_BYTES} bytes`);
      case 'timeout':
        return programError('', `TimeoutError: the program did not end within ${timeoutS} s`);
      case 'thread_out_of_memory':
        return programError('', `MemoryError: the program needs more than ${memoryMb} MB`);
      case 'crash':
        return programError(result.stderr, `The program crashed the interpreter: ${result.reason}`);
    }
  }
}

const programError = (...texts: string[]): ToolOutcome => ({
  kind: 'program_error',
  text: shown(
    texts
      .map((text) => text.trim())
      .filter(Boolean)
      .join('\n'),
  ),
});

/** Trimmed, and without NUL, which PostgreSQL's text cannot hold. */
const shown = (text: string): string => text.trim().replaceAll('\0', '\ufffd');

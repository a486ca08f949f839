/**
 * Runs Python that a model wrote: CPython 3.11 in WebAssembly, without the host's files, environment or network, and without memory of earlier
 * calls. Prints the value of a last expression. Not a place for user code that needs packages: the standard library is all there is.
 */
import { pythonRuntime } from './python/runtime.js';
import { SandboxPool } from './python/sandbox-pool.js';
import type { ProgramLimits, SandboxResult } from './python/sandbox.js';
import { unindented } from './python/source.js';
import { textTool, type Tool, type ToolCall, type ToolOutcome } from './tool.js';

export interface PythonToolOptions extends Omit<ProgramLimits, 'outputBytes'> {
  /** Programs that may run at the same time. */
  readonly threads: number;
}

/** What a program may write to each of its two outputs before it is stopped. */
export const OUTPUT_LIMIT_BYTES = 65536;

export class PythonTool implements Tool {
  readonly definitions = [
    textTool('python', 'Runs a Python program and returns what it prints.', 'code', 'The program.'),
  ];
  private pool: Promise<SandboxPool> | null = null;

  constructor(private readonly options: PythonToolOptions) {}

  async call({ arguments: { code } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      this.pool ??= this.start();
      const result = await (await this.pool).run(unindented(String(code)), signal);
      return this.outcome(result);
    } catch (error) {
      signal.throwIfAborted();
      return {
        kind: 'infra_error',
        message: `Python could not run: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }

  async close(): Promise<void> {
    await (await this.pool?.catch(() => null))?.close();
  }

  private async start(): Promise<SandboxPool> {
    try {
      const limits = { ...this.options, outputBytes: OUTPUT_LIMIT_BYTES };
      return new SandboxPool(await pythonRuntime(), limits, this.options.threads);
    } catch (error) {
      this.pool = null;
      throw error;
    }
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

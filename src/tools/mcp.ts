/** The tools of a user's MCP server. What they are is asked once, when the tool is opened; calls go to one session. */
import { ErrorCode, McpError, ToolSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { persistently } from '../outgoing/passing-failure.js';
import { timeLimit } from '../outgoing/time-limit.js';
import type { ArgumentsCheck } from '../spec/tools/arguments-check.js';
import { nameProblem } from '../spec/tools/remote.js';
import { firstFault, McpConnection, type Listed, type McpServer } from './mcp-connection.js';
import { timelyCheck } from './timely-check.js';
import type { Tool, ToolCall, ToolDefinition, ToolOutcome } from './tool.js';

export interface McpToolOptions extends McpServer {
  /** The tools of the server that may be called; null: all. */
  readonly allow: readonly string[] | null;
  /** What the run was told of its tools when it began; null: it begins now. Of what the server lists now, only these are offered, as they were. */
  readonly pinned: readonly ToolDefinition[] | null;
}

export class McpTool implements Tool {
  private constructor(
    readonly definitions: readonly ToolDefinition[],
    private readonly checks: ReadonlyMap<string, ArgumentsCheck>,
    private readonly connection: McpConnection,
    private readonly options: McpToolOptions,
  ) {}

  /** @throws {Error} saying why the server cannot be used */
  static async open(options: McpToolOptions, signal: AbortSignal): Promise<McpTool> {
    const { allow, pinned, timeoutS, url } = options;
    const connection = new McpConnection(options);
    const limit = timeLimit(timeoutS, signal);
    try {
      const list = () => connection.list(limit.signal);
      const listed = await persistently(list, { limitMs: timeoutS * 1000, signal: limit.signal });
      const names = listed.map(({ name }) => name);
      const missing = allow?.find((name) => !names.includes(name));
      if (missing !== undefined) throw new Error(`it has no tool ${missing}: it has ${names.join(', ')}`);
      const offered = listed.filter(({ name }) => allow?.includes(name) ?? true).map(definitionOf);
      if (offered.length === 0) throw new Error('it offers no tools');
      const definitions = pinned?.filter(({ name }) => offered.some((one) => one.name === name)) ?? offered;
      return new McpTool(definitions, new Map(definitions.map(checkOf)), connection, options);
    } catch (error) {
      await connection.close();
      signal.throwIfAborted();
      throw isTimeout(error) ? new Error(`${url.host} did not answer within ${timeoutS} s`) : error;
    } finally {
      limit.end();
    }
  }

  async call({ name, arguments: given }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const problem = this.checks.get(name)?.(given) ?? null;
    if (problem !== null) return { kind: 'program_error', text: `${name}: ${problem}` };
    const { timeoutS, url } = this.options;
    const limit = timeLimit(timeoutS, signal);
    try {
      const call = () => this.connection.call(name, given, limit.signal);
      const result = await persistently(call, { limitMs: timeoutS * 1000, signal: limit.signal });
      return { kind: result.isError === true ? 'program_error' : 'ok', text: textOf(result) };
    } catch (error) {
      signal.throwIfAborted();
      if (isTimeout(error)) return failed(name, `${url.host} did not answer within ${timeoutS} s`);
      const { message } = error as Error;
      // What the server says of the arguments is for the model.
      if (error instanceof McpError && error.code === (ErrorCode.InvalidParams as number))
        return { kind: 'program_error', text: message };
      return failed(name, message);
    } finally {
      limit.end();
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

const LEAVE_OUT = 'mend it, or leave it out with allow';

const failed = (name: string, message: string): ToolOutcome => ({
  kind: 'infra_error',
  message: `${name}: ${message}`,
});

function definitionOf(listed: Listed): ToolDefinition {
  const { success, data, error } = ToolSchema.safeParse(listed);
  if (!success) {
    const { name } = listed;
    throw new Error(`its tool ${name} is not described as the protocol says: ${firstFault(error)}; ${LEAVE_OUT}`);
  }
  return { name: data.name, description: data.description ?? '', parameters: data.inputSchema };
}

function checkOf({ name, parameters }: ToolDefinition): [string, ArgumentsCheck] {
  const problem = nameProblem(name);
  if (problem !== null) throw new Error(`the name of its tool ${name} ${problem}; ${LEAVE_OUT}`);
  try {
    return [name, timelyCheck(parameters)];
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`the input schema of its tool ${name} cannot be used: ${why}; ${LEAVE_OUT}`, { cause: error });
  }
}

function isTimeout(error: unknown): boolean {
  if (error instanceof McpError) return error.code === (ErrorCode.RequestTimeout as number);
  return error instanceof Error && error.name === 'TimeoutError';
}

/** Texts as they are; what is no text is named. */
function textOf({ content, structuredContent }: CallToolResult): string {
  if (content.length === 0 && structuredContent) return JSON.stringify(structuredContent);
  return content
    .map((item) => {
      if (item.type === 'text') return item.text;
      if (item.type === 'resource' && 'text' in item.resource) return item.resource.text;
      return `[${item.type}]`;
    })
    .join('\n');
}

/** The port of every tool: a call in, text out, and whose fault it was when it failed. Not the parsing of calls, nor the journal of answers. */

export type ToolOutcome =
  | { readonly kind: 'ok'; readonly text: string }
  /** What the policy is told to have it write the result itself: the model sees what it has written then. */
  | { readonly kind: 'to_summarise'; readonly text: string }
  /** The call was carried out and failed by its own doing: it raised, looped or exceeded a limit. The model sees the text. */
  | { readonly kind: 'program_error'; readonly text: string }
  /** The tool could not do its work. The model never sees this; the trajectory is left out. */
  | { readonly kind: 'infra_error'; readonly message: string };

/** What a model is told of a tool. */
export interface ToolDefinition {
  /** By which the model calls it; unique within a run. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, which are one object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  /** Of the definition that is called. */
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Names the call within its job; the same when the job is done again. */
  readonly id: string;
  /**
   * The calls before it in its trajectory, earliest first, of all tools. A tool with state goes on from the last of them that was its own: where a
   * trajectory forked, several calls go on from the same one.
   */
  readonly previous: readonly string[];
  /** Index of the example that the prompt is of. */
  readonly example: number;
}

export interface Tool {
  /** What it offers to the model: usually one function, several where a server brings its own. */
  readonly definitions: readonly ToolDefinition[];
  /** Ends within the tool's own limit. Rejects with the signal's reason when that is aborted, and for nothing else. Calls may overlap. */
  call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>;
  /** Told of a call that an earlier attempt of the job has had answered, and of its answer. For a tool with state. */
  recall?(call: ToolCall, outcome: ToolOutcome): void;
  /** Frees threads, memory and connections; calls under way end as infra_error. */
  close(): Promise<void>;
}

/** The definition of a tool that takes one text. */
export const textTool = (name: string, description: string, parameter: string, meaning: string): ToolDefinition => ({
  name,
  description,
  parameters: {
    type: 'object',
    properties: { [parameter]: { type: 'string', description: meaning } },
    required: [parameter],
    additionalProperties: false,
  },
});

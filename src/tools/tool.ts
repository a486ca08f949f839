/** The port of every tool: text in, text out, and whose fault it was when it failed. Not the parsing of calls, nor the journal of answers. */

export type ToolOutcome =
  | { readonly kind: 'ok'; readonly text: string }
  /** The call was carried out and failed by its own doing: it raised, looped or exceeded a limit. The model sees the text. */
  | { readonly kind: 'program_error'; readonly text: string }
  /** The tool could not do its work. The model never sees this; the trajectory is left out. */
  | { readonly kind: 'infra_error'; readonly message: string };

export interface Tool {
  /** The tag in which the model calls it. */
  readonly name: 'search' | 'python';
  /** Rejects with the signal's reason when that is aborted, and for nothing else. Calls may overlap. */
  call(input: string, signal: AbortSignal): Promise<ToolOutcome>;
  /** Frees threads and memory; calls under way end as infra_error. */
  close(): Promise<void>;
}

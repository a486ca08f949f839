/** The port of the ways in which models call tools: finds calls in what a model writes. Runs no tool, and does not know what the tools take. */
import type { TextSpan } from '../trees/tree.js';

export interface ToolCall {
  /** Empty where the call names no tool. */
  tool: string;
  /** What the call says to the tool, as `format` has it. */
  input: string;
  /** `text`: as it stands, for a tool that takes one text. `json`: an object of arguments. */
  format: 'text' | 'json';
  /** Where the call, delimiters included, stands in the text. */
  span: TextSpan;
}

export interface ToolGrammar {
  /** The call that the last `newest` characters of a model's text complete, where a call interrupts the model. */
  completed(text: string, newest: number): ToolCall | null;
  /** The calls in a text that the model has ended itself, in order, where it waits for their results then. */
  ended(text: string): ToolCall[];
}

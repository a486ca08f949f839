/** A function that a user's server carries out: one signed POST for each call. Tries again what may pass, within the limit of the call. */
import type { Outgoing } from '../outgoing/outgoing.js';
import { post, refusalOf, type PostAnswer } from '../outgoing/post.js';
import { signatureHeaders } from '../outgoing/signature.js';
import type { ArgumentsCheck } from '../spec/tools/arguments-check.js';
import { timelyCheck } from './timely-check.js';
import type { Tool, ToolCall, ToolDefinition, ToolOutcome } from './tool.js';

export interface HttpToolOptions {
  readonly definition: ToolDefinition;
  readonly url: URL;
  /** Null: requests are not signed. */
  readonly secret: string | null;
  /** Of a call, with all that it is tried again. */
  readonly timeoutS: number;
  /** Id of the run, the evaluation or the preview that calls. */
  readonly job: string;
  readonly outgoing: Outgoing;
}

const MAX_RESULT_BYTES = 2 ** 20;
/** Not what the model has asked for, but how the tool is set up. */
const NOT_THE_MODELS_FAULT = [401, 403, 404, 405, 407];

export class HttpTool implements Tool {
  readonly definitions: readonly ToolDefinition[];
  private readonly check: ArgumentsCheck;

  constructor(private readonly options: HttpToolOptions) {
    this.definitions = [options.definition];
    this.check = timelyCheck(options.definition.parameters);
  }

  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const problem = this.check(call.arguments);
    if (problem !== null) return { kind: 'program_error', text: `${call.name}: ${problem}` };
    const { job, url, secret, ...options } = this.options;
    const { id, name, previous, arguments: given } = call;
    const body = JSON.stringify({ job, call: id, previous, name, arguments: given });
    const signed = () => (secret === null ? {} : signatureHeaders(secret, `${job}/${id}`, body));
    const headers = () => ({ accept: 'application/json, text/plain', ...signed() });
    try {
      return this.outcomeOf(await post({ ...options, url, headers, maxBytes: MAX_RESULT_BYTES }, body, signal));
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'infra_error', message: `${name}: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {}

  /** @throws what the server said, where that is not for the model */
  private outcomeOf(answer: PostAnswer): ToolOutcome {
    const { status, ok, headers, text } = answer;
    if (ok) return { kind: 'ok', text: resultOf(text, headers) };
    if (status >= 400 && status < 500 && !NOT_THE_MODELS_FAULT.includes(status))
      return { kind: 'program_error', text: resultOf(text, headers) || `The call was refused (${status})` };
    throw new Error(refusalOf(this.options.url, answer));
  }
}

/** The `text` of a JSON object that has one; else the body as it is. */
function resultOf(body: string, headers: Headers): string {
  if (!/^application\/json\b/i.test(headers.get('content-type') ?? '')) return body;
  try {
    const { text } = JSON.parse(body) as { text?: unknown };
    return typeof text === 'string' ? text : body;
  } catch {
    return body;
  }
}

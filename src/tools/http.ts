/** A function that a user's server carries out: one signed POST for each call. Tries again what may pass, within the limit of the call. */
import { Unreachable, type Outgoing } from '../outgoing/outgoing.js';
import { PassingFailure, persistently, retryAfterMs } from '../outgoing/passing-failure.js';
import { signatureHeaders } from '../outgoing/signature.js';
import { textOf } from '../outgoing/text.js';
import { argumentsCheck, type ArgumentsCheck } from '../spec/tools/arguments-check.js';
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
/** Of a refusal, shown to whoever reads why a call failed. */
const SHOWN_CHARACTERS = 200;
/** The server is busy or its proxy cannot reach it. */
const PASSING = [429, 502, 503, 504];
/** Not what the model has asked for, but how the tool is set up. */
const NOT_THE_MODELS_FAULT = [401, 403, 404, 405, 407];

export class HttpTool implements Tool {
  readonly definitions: readonly ToolDefinition[];
  private readonly check: ArgumentsCheck;

  constructor(private readonly options: HttpToolOptions) {
    this.definitions = [options.definition];
    this.check = argumentsCheck(options.definition.parameters);
  }

  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const problem = this.check(call.arguments);
    if (problem !== null) return { kind: 'program_error', text: `${call.name}: ${problem}` };
    const { timeoutS, job, url } = this.options;
    const body = JSON.stringify({
      job,
      call: call.id,
      previous: call.previous,
      name: call.name,
      arguments: call.arguments,
    });
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutS * 1000)]);
    try {
      const post = () => this.post(`${job}/${call.id}`, body, limited);
      return await persistently(post, { limitMs: timeoutS * 1000, signal: limited });
    } catch (error) {
      signal.throwIfAborted();
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      const message = isLate ? `${url.host} did not answer within ${timeoutS} s` : (error as Error).message;
      return { kind: 'infra_error', message: `${call.name}: ${message}` };
    }
  }

  async close(): Promise<void> {}

  private async post(id: string, body: string, signal: AbortSignal): Promise<ToolOutcome> {
    const { outgoing, url, secret } = this.options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/plain',
      ...(secret === null ? {} : signatureHeaders(secret, id, body)),
    };
    const response = await outgoing.fetch(url, { method: 'POST', headers, body, signal }).catch((error: unknown) => {
      throw error instanceof Unreachable ? new PassingFailure(error.message) : error;
    });
    const { status } = response;
    const text = await textOf(response, MAX_RESULT_BYTES).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof RangeError) throw new Error(`${url.host}: ${error.message}`);
      throw new PassingFailure(`${url.host} broke off its answer`);
    });
    const refusal = `${url.host} answered ${status}: ${text.slice(0, SHOWN_CHARACTERS)}`;
    if (PASSING.includes(status)) throw new PassingFailure(refusal, retryAfterMs(response.headers));
    if (response.ok) return { kind: 'ok', text: resultOf(text, response.headers) };
    if (status >= 400 && status < 500 && !NOT_THE_MODELS_FAULT.includes(status))
      return { kind: 'program_error', text: resultOf(text, response.headers) || `The call was refused (${status})` };
    throw new Error(refusal);
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

/** A language model for judges, in OpenAI's form: `POST /v1/chat/completions`. What it replies is a test's to say. */
import { JsonServer, type Heard } from './json-server.js';

export interface ChatRequest {
  readonly model: string;
  readonly messages: { readonly role: string; readonly content: string }[];
  readonly [parameter: string]: unknown;
}

export class JudgeServer extends JsonServer<ChatRequest> {
  /** To the last message. */
  reply: (asked: string, request: ChatRequest) => string = () => 'It says the same.\ncorrect';

  override answer: JsonServer<ChatRequest>['answer'] = ({ path, body }: Heard<ChatRequest>, response) => {
    response.setHeader('content-type', 'application/json');
    if (path !== '/v1/chat/completions')
      return void response.writeHead(404).end('{"error":{"message":"no such route"}}');
    const content = this.reply(body.messages.at(-1)?.content ?? '', body);
    response.end(this.completion(content));
  };

  static open(): Promise<JudgeServer> {
    return new JudgeServer().listen();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  completion(content: string, finish_reason = 'stop'): string {
    return JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'judge',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  }
}

/** Scores the attempts that a `judge_group` shows, by their texts. */
export function groupReply(scoreOf: (attempt: string) => number): JudgeServer['reply'] {
  return (asked) => {
    const attempts = [...asked.matchAll(/<attempt id="(\d+)">\n([^]*?)\n<\/attempt>/g)];
    const scores = attempts.map(([, id, text = '']) => ({ id, explanation: `attempt ${id}`, score: scoreOf(text) }));
    return `\`\`\`json\n${JSON.stringify({ scores })}\n\`\`\``;
  };
}

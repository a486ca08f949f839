/** `bough chat` */
import { InvalidArgumentError, type Command } from 'commander-14';
import { text } from 'node:stream/consumers';
import { unwrap } from '../../openapi/client.js';
import { chatLoop } from '../chat-loop.js';
import { Conversation } from '../conversation.js';
import { UsageError } from '../exit-code.js';
import type { Host } from '../host.js';
import type { Session } from '../session.js';
import { safeText } from '../terminal/safe-text.js';
import { example } from './example.js';

interface ChatOptions {
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
}

export function addChat(program: Command, { act, output, errors }: Host): void {
  example(
    program
      .command('chat')
      .description(
        'Talks with a model. In a terminal each line is a message: Ctrl-C stops an answer, Ctrl-D ends the chat. In a pipe the standard input is one message.',
      )
      .argument('<model>', 'mdl_…, ckpt_…, or run_… for the newest checkpoint of a run')
      .argument('[message]', 'only this message, and its answer')
      .option('--system <text>', 'the system message')
      .option('--temperature <t>', '0 for greedy answers; default 1', number)
      .option('--max-tokens <n>', 'at which an answer is cut', number)
      .option('--seed <n>', 'of what is drawn: the same message has the same answer', number)
      .action(
        act(async (session, id: string, message: string | undefined, options: ChatOptions) => {
          const { system, temperature, maxTokens, seed } = options;
          const model = id.startsWith('run_') ? await newestCheckpoint(session, id) : id;
          const sampling = {
            ...(temperature !== undefined && { temperature }),
            ...(maxTokens !== undefined && { max_tokens: maxTokens }),
            ...(seed !== undefined && { seed }),
          };
          const conversation = new Conversation(session.bough, { model, system, sampling });
          const answer = async (said: string, stopped: AbortSignal) => {
            if (!session.isJson) return show(conversation, said, session, output, stopped);
            const completion = await conversation.askWhole(said, stopped);
            return session.print(completion, () => []);
          };
          if (message === undefined && process.stdin.isTTY) {
            session.screen.say(`Talking with ${model}. Ctrl-C stops an answer, Ctrl-D ends the chat.`);
            return chatLoop(errors, session.signal, answer);
          }
          const said = message ?? (await text(process.stdin)).trim();
          if (said === '') throw new UsageError('No message was given');
          return answer(said, session.signal);
        }),
      ),
    'bough chat ckpt_01m8ek17dyew3t589z7zxv2zy0 "What is 17 times 23?"',
  );
}

/** Shows an answer while it is written. */
async function show(
  conversation: Conversation,
  message: string,
  { screen }: Session,
  output: NodeJS.WritableStream,
  stopped: AbortSignal,
): Promise<void> {
  screen.live('Waiting for the answer');
  let [isBegun, finishReason] = [false, null as string | null];
  try {
    for await (const piece of conversation.ask(message, stopped)) {
      if (!isBegun) screen.live('');
      isBegun = true;
      output.write(safeText(piece.text));
      finishReason = piece.finishReason;
    }
  } finally {
    if (isBegun) output.write('\n');
    else screen.live('');
  }
  if (finishReason === 'length') screen.say('(cut here: at --max-tokens, or where the context of the model ends)');
}

async function newestCheckpoint({ bough, signal }: Session, id: string): Promise<string> {
  const params = { path: { id }, query: { limit: 1 } };
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', { params, signal }));
  const [newest] = data;
  if (!newest) throw new UsageError(`${id} has no checkpoint yet: talk with its model, or wait for its first`);
  return newest.id;
}

function number(given: string): number {
  const value = Number(given);
  if (given.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

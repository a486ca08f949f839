/** Chats in a terminal: each line is a message. Ctrl-C stops the answer that is being written, Ctrl-D ends the chat. */
import { createInterface } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { linesOf } from './exit-code.js';

/**
 * Returns when the user ends the chat, or when the signal is aborted. What goes wrong with one message is said, and the next may be given.
 * @param errors where the prompt is; the answers may go elsewhere
 * @param answer shows the answer to a message; its signal is aborted by Ctrl-C
 */
export async function chatLoop(
  errors: WriteStream,
  signal: AbortSignal,
  answer: (message: string, stopped: AbortSignal) => Promise<void>,
): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: errors, prompt: '> ', signal });
  let writing: AbortController | null = null;
  let isOpen = true;
  lines.once('close', () => (isOpen = false));
  const stop = () => writing?.abort();
  signal.addEventListener('abort', stop);
  lines.on('SIGINT', () => {
    if (writing) return writing.abort();
    // As in a shell, what has been typed is given up.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    errors.write('\n(Ctrl-D ends the chat)\n');
    lines.prompt();
  });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      writing = new AbortController();
      try {
        await answer(line, writing.signal);
      } catch (error) {
        if (signal.aborted) throw error;
        errors.write(writing.signal.aborted ? '(stopped)\n' : `${linesOf(error).join('\n')}\n`);
      }
      writing = null;
    }
    // Ctrl-D may have been typed during the answer.
    if (isOpen) lines.prompt();
  }
  errors.write('\n');
  signal.throwIfAborted();
}

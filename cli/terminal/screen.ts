/** Where a command speaks: lines that stay, and one live line that a terminal rewrites. Knows nothing of what is said. */
import type { WriteStream } from 'node:tty';

export interface Screen {
  /** A line that stays. */
  readonly say: (line: string) => void;
  /** What is going on now. A terminal shows it until the next word, and an empty text takes it away; elsewhere it is a line now and then. */
  readonly live: (text: string) => void;
}

/** Milliseconds between two live lines where there is no terminal. */
const PLAIN_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

export function createScreen(output: WriteStream): Screen {
  return output.isTTY ? terminal(output) : plain((line) => output.write(`${line}\n`));
}

function terminal(output: WriteStream): Screen {
  return {
    say: (line) => output.write(`${CLEAR_LINE}${line}\n`),
    // One column is left free: a full line would wrap.
    live: (text) =>
      output.write(
        CLEAR_LINE +
          Array.from(text)
            .slice(0, Math.max(output.columns, 20) - 1)
            .join(''),
      ),
  };
}

/** For logs and pipes. */
export function plain(write: (line: string) => void, now: () => number = () => performance.now()): Screen {
  let spokeAt = now();
  const say = (line: string) => {
    spokeAt = now();
    write(line);
  };
  return {
    say,
    live: (text) => {
      if (text !== '' && now() - spokeAt >= PLAIN_EVERY_MS) say(text);
    },
  };
}

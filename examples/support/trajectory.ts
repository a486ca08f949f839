/** What an agent wrote, from its raw response to one line that people can read. Judges nothing. */
const TURN = /<(think|search|python|answer)>(.*?)<\/\1>|<result>\n(.*?)\n<\/result>/gs;
const MAX_CHARACTERS = 60;

/**
 * `search "area of Peru" → 1285   python "1285 + 756" → 2041   answer 2041`. Thoughts are left out, and what is no move stands as it is.
 * @param told what to tell of a tool's result
 */
export function trajectoryLine(response: string, told: (result: string) => string = (result) => result): string {
  const moves: string[] = [];
  let end = 0;
  for (const match of response.matchAll(TURN)) {
    moves.push(...stray(response.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, tag, written, result] = match;
    if (result !== undefined) moves.push(`${moves.pop() ?? ''} → ${shortened(told(result))}`);
    else if (tag === 'answer') moves.push(`answer ${answer(written ?? '')}`);
    else if (tag !== 'think') moves.push(`${tag} "${shortened(written ?? '')}"`);
  }
  moves.push(...stray(response.slice(end)));
  return moves.join('   ');
}

/** The first boxed text, or all of it, not boxed. */
function answer(text: string): string {
  const boxed = /\\boxed\{(.*?)\}/s.exec(text)?.[1];
  return boxed === undefined ? `${shortened(text)} (not boxed)` : shortened(boxed);
}

function stray(text: string): string[] {
  return text.trim() === '' ? [] : [`[${shortened(text)}]`];
}

/** On one line, and not too long. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1)}…`;
}

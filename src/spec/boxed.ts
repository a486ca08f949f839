/** Finds the last LaTeX box in a text. Braces are matched as characters: an escaped brace counts too. */

const NAME = String.raw`\boxed`;

/**
 * The content of the last `\boxed{…}`, or null when there is none, its braces do not balance or something else follows the name.
 * The form `\boxed 5$` (a space, up to the next dollar sign) wins over every other box, wherever it stands.
 */
export function lastBoxed(text: string): string | null {
  const spaced = text.split(`${NAME} `);
  if (spaced.length > 1) return spaced.at(-1)?.split('$')[0] ?? null;
  const name = text.lastIndexOf(NAME);
  const open = name + NAME.length;
  if (name === -1 || text[open] !== '{') return null;
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}') depth -= 1;
    if (depth === 0) return text.slice(open + 1, i);
  }
  return null;
}

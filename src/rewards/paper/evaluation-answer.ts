/** Takes the answer out of an output as the evaluation of ARPO does. The reward and Bough's own metrics read answers by `extract-answer.ts`. */

const BOX = String.raw`\boxed`;
const OTHER_BOX = String.raw`\fbox`;
const LAST_LINES = 5;

/**
 * The last box of the last `<answer>` block, else the block as it stands; without a block, or with an empty one, the last box anywhere; else ''.
 * An empty box counts as none, one that is not closed is given with its command, and of `\text{…}` the ends are taken off.
 */
export function evaluationAnswer(output: string): string {
  const end = output.lastIndexOf('</answer>');
  const start = end === -1 ? -1 : output.slice(0, end).lastIndexOf('<answer>');
  const block = start === -1 ? '' : output.slice(start + '<answer>'.length, end);
  if (block === '') return boxContent(output) ?? '';
  return boxContent(block) || block;
}

/** Of an output without an answer, what is compared: the last lines that are not blank. */
export function lastLines(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES)
    .join('\n');
}

function boxContent(text: string): string | null {
  const start = text.includes(BOX) ? text.lastIndexOf(BOX) : text.lastIndexOf(OTHER_BOX);
  if (start === -1) return null;
  return withoutEnds(withoutEnds(text.slice(start, endOfBraces(text, start)), String.raw`\boxed{`), String.raw`\text{`);
}

/** Behind the brace that closes the first one; the text's end where none does. */
function endOfBraces(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && (depth -= 1) === 0) return i + 1;
  }
  return text.length;
}

const withoutEnds = (text: string, opens: string): string =>
  text.startsWith(opens) && text.endsWith('}') ? text.slice(opens.length, -1) : text;

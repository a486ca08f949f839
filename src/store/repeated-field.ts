/** Finds a field that is given twice in one object of a JSON text: `JSON.parse` keeps the last of the two without a word. */

/** What ends a field's name. Also found in texts. */
const AFTER_NAME = /"\s*:/g;

/** How often something in the text looks like the name of a field: as often as there are fields, where no text within it has quotes and a colon. */
export const countNames = (json: string): number => json.match(AFTER_NAME)?.length ?? 0;

interface Open {
  /** Names so far; null for a list. */
  readonly names: Set<string> | null;
  /** The field or the element that is being read. */
  at: string | number;
}

/**
 * Reads the text once, and builds nothing of it.
 * @param json valid JSON
 * @returns where the second of the two stands, as in `tools[0].url`; null: nowhere
 */
export function repeatedField(json: string): string | null {
  const open: Open[] = [];
  let text = '""';
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    const inner = open.at(-1);
    if (character === '"') {
      const end = endOfText(json, at);
      text = json.slice(at, end + 1);
      at = end;
    } else if (character === '{') open.push({ names: new Set(), at: '' });
    else if (character === '[') open.push({ names: null, at: 0 });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && typeof inner?.at === 'number') inner.at += 1;
    else if (character === ':' && inner?.names) {
      inner.at = JSON.parse(text) as string;
      if (inner.names.has(inner.at)) return pathOf(open);
      inner.names.add(inner.at);
    }
  }
  return null;
}

/** Of the text whose opening quote is at `start`, where its closing quote is. */
export function endOfText(json: string, start: number): number {
  let end = start;
  let backslashes: number;
  do {
    end = json.indexOf('"', end + 1);
    backslashes = 0;
    while (json[end - 1 - backslashes] === '\\') backslashes++;
  } while (backslashes % 2 === 1);
  return end;
}

function pathOf(open: readonly Open[]): string {
  return open.reduce((path, { at }) => {
    if (typeof at === 'number') return `${path}[${at}]`;
    return path === '' ? at : `${path}.${at}`;
  }, '');
}

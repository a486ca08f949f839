/** How much of an error is shown: what quotes a request must not be larger than the request. */

/** One thing wrong with a request; `path` is written as in `tools[0].timeout_s`, and is empty for the request as a whole. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

const MAX_PROBLEMS = 20;
const MAX_PATH = 200;
const MAX_SENTENCE = 1000;

/** The text, or its beginning. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}

/** The first problems, each with its values cut, and how many more there are. */
export function shownProblems(problems: readonly Problem[]): Problem[] {
  const shown = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => ({ path: cut(path, MAX_PATH), message: cut(message, MAX_SENTENCE) }));
  const more = problems.length - shown.length;
  return more === 0 ? shown : [...shown, { path: '', message: `and ${more.toLocaleString('en-US')} more` }];
}

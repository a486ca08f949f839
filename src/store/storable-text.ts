/** What PostgreSQL's text and jsonb cannot hold: U+0000, and half of a surrogate pair. */

const UNSTORABLE = /[\0\p{Surrogate}]/gu;

export function isStorable(text: string): boolean {
  return text.search(UNSTORABLE) === -1;
}

/** The text with each such character replaced by U+FFFD. For text that nobody can correct: of models, tools and errors. */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** The tags between which an agent thinks, calls tools and answers. They are text, whatever a tokenizer says of them: rewards and the tool grammar read them. */

const names = ['think', 'search', 'python', 'result', 'answer'];

export const agentTags: readonly string[] = names.flatMap((name) => [`<${name}>`, `</${name}>`]);

/** Blocks that a prompt may have begun for the answer: closed ones with white space only behind them, the last one perhaps open. */
const begun = /(?:<(think|answer)>(?:(?!<\/?(?:think|answer)>)[^])*(?:<\/\1>\s*)?)+$/;

/** What the end of a prompt has begun of the answer, such as `<think>\n`; empty where it has begun nothing. */
export function beginningOfAnswer(promptEnd: string): string {
  return begun.exec(promptEnd)?.[0] ?? '';
}

/** An answer without what its prompt has begun already. White space within the beginning may differ. */
export function withoutBeginning(answer: string, beginning: string): string {
  const tags = beginning.trimEnd();
  let at = 0;
  for (const character of tags.replaceAll(/\s/g, '')) {
    while (/\s/.test(answer.charAt(at))) at += 1;
    if (!answer.startsWith(character, at)) return answer;
    at += character.length;
  }
  for (const space of beginning.slice(tags.length)) if (answer[at] === space) at += 1;
  return answer.slice(at);
}

/** Solutions as conversations with the python tool: a thought and a call for each calculation, then the answer. Asks the tool; invents no result. */
import type { SolvedProblem } from './problem.js';
import type { Python } from './python.js';

export interface Message {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** Null when the tool does not give what the source says: the solution would show something wrong. */
export async function demonstrate(
  { question, answer, calculations }: SolvedProblem,
  python: Python,
): Promise<Message[] | null> {
  const messages: Message[] = [{ role: 'user', content: question }];
  for (const { thought, expression, value } of calculations) {
    const result = await python(expression);
    if (result === '' || Number(result) !== value) return null;
    messages.push({ role: 'assistant', content: `<think>${thought}</think><python>${expression}</python>` });
    messages.push({ role: 'tool', content: result });
  }
  return [...messages, { role: 'assistant', content: `<answer>\\boxed{${answer}}</answer>` }];
}

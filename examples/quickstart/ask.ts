/** Puts questions that a user types to the trained agent: each is a dataset of one row and an evaluation on it. */
import { createInterface } from 'node:readline';
import type { Client } from '../support/client.js';
import { evaluateOnce, itemsOf } from '../support/evaluate.js';
import { answerLine } from './answer-line.js';
import type { Recipe } from './recipe.js';
import { evaluationSpec, type Datasets } from './requests.js';

export const invitation = [
  'Ask about countries of your own, in these words:',
  '  Which is larger, Peru or Chile?   How much larger is Peru than Chile?   What is the total area of Peru and Chile?',
  '  What is the capital of Peru?   What is the currency of the country whose capital is Lima?',
];

/** Answers line after line, until there are no more or the client is to stop. */
export async function answerQuestions(
  client: Client,
  input: NodeJS.ReadableStream,
  answer: (question: string) => Promise<string>,
): Promise<void> {
  const { screen, signal } = client;
  // Not as a terminal: Ctrl-C is to reach the process, which stops the service.
  const lines = createInterface({ input, terminal: false, signal });
  screen.live('? ');
  for await (const line of lines) {
    if (line.trim() !== '') screen.say(`  ${await answer(line.trim()).catch(problemOf)}`);
    screen.live('? ');
  }
}

/** Another question may go better. */
function problemOf(error: Error): string {
  return error.message;
}

/** What the agent does about one question, in a line. */
export async function ask(
  client: Client,
  recipe: Recipe,
  datasets: Datasets,
  checkpoint: string,
  question: string,
): Promise<string> {
  const { bough, signal } = client;
  // A row needs an answer to be compared with; nobody looks at the score.
  const file = new File([JSON.stringify({ question, answer: '?' })], 'question.jsonl');
  const dataset = await bough.uploadDataset(file, { kind: 'rl', signal });
  const spec = evaluationSpec(recipe, { ...datasets, heldOut: dataset.id }, checkpoint, 'greedy', 0);
  const [item] = await itemsOf(client, await evaluateOnce(client, question, spec));
  return item ? answerLine(item.response) : 'no answer';
}

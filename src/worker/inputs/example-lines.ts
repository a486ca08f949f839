/** What a trainer gets to see of an example: its messages, and its index to name it by. Never the references. */
import type { TrainingExample } from '../../protocol/messages.js';
import type { ExampleData } from '../../store/shapes.js';

/** One line of an examples file; null for a document of a corpus, which is no prompt. */
export function exampleLine(example: ExampleData, index: number): string | null {
  if (!('messages' in example)) return null;
  const pair = 'chosen' in example ? { chosen: example.chosen, rejected: example.rejected } : {};
  const line: TrainingExample = { index, messages: example.messages, ...pair };
  return JSON.stringify(line);
}

/** The texts of an example that a tokenizer is trained on. */
export function textsOf(example: ExampleData): string[] {
  if ('chosen' in example)
    return [...example.messages, ...example.chosen, ...example.rejected].map(({ content }) => content);
  if ('messages' in example) return example.messages.map(({ content }) => content);
  return [example.title, example.text].filter((text) => text !== '');
}

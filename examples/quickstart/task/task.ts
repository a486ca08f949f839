/**
 * The five families of questions, how each is worded and what its right answer is.
 * Not which questions are asked (questions.ts), nor how an agent answers them (script.ts).
 */
import { fact, type Attribute, type Country } from './countries.js';

/** Two countries and what is asked of their areas. In `difference` the first is the larger. */
interface Pair<F extends string> {
  readonly family: F;
  readonly first: Country;
  readonly second: Country;
}

export type Task =
  | { readonly family: 'lookup'; readonly attribute: Attribute; readonly country: Country }
  | { readonly family: 'chain'; readonly attribute: ChainAttribute; readonly country: Country }
  | Pair<'compare'>
  | Pair<'total'>
  | Pair<'difference'>;

export type Family = Task['family'];
export type TaskOf<F extends Family> = Extract<Task, { family: F }>;

export const families = ['lookup', 'chain', 'compare', 'total', 'difference'] as const satisfies readonly Family[];

/** What a chain asks about the country that it names by its capital. */
export const chainAttributes = ['region', 'currency', 'area'] as const satisfies readonly Attribute[];
export type ChainAttribute = (typeof chainAttributes)[number];

const wordings: { readonly [F in Family]: (task: TaskOf<F>) => string } = {
  lookup: ({ attribute, country }) => `What is the ${attribute} of ${country.name}?`,
  chain: ({ attribute, country }) => `What is the ${attribute} of the country whose capital is ${country.capital}?`,
  compare: ({ first, second }) => `Which is larger, ${first.name} or ${second.name}?`,
  total: ({ first, second }) => `What is the total area of ${first.name} and ${second.name}?`,
  difference: ({ first, second }) => `How much larger is ${first.name} than ${second.name}?`,
};

const answers: { readonly [F in Family]: (task: TaskOf<F>) => string } = {
  lookup: ({ attribute, country }) => fact(country, attribute),
  chain: ({ attribute, country }) => fact(country, attribute),
  compare: ({ first, second }) => (first.area > second.area ? first.name : second.name),
  total: ({ first, second }) => String(first.area + second.area),
  difference: ({ first, second }) => String(first.area - second.area),
};

/** The question as the agent reads it. */
export function wording<F extends Family>(task: TaskOf<F>): string {
  return (wordings[task.family] as (task: TaskOf<F>) => string)(task);
}

/** The right answer, from the countries' own facts. A `compare` must have two different areas. */
export function reference<F extends Family>(task: TaskOf<F>): string {
  return (answers[task.family] as (task: TaskOf<F>) => string)(task);
}

/** The countries that a question is about. */
export function subjects(task: Task): Country[] {
  return 'country' in task ? [task.country] : [task.first, task.second];
}

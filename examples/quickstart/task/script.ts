/**
 * The script that solves a task by calling tools, carefully or with slips, and writes down every turn.
 * It makes the demonstrations, and it decides which questions can be answered. It is not an agent: it knows the task.
 */
import { readSentence } from './corpus.js';
import type { Attribute } from './countries.js';
import { careful, operators, type Operator, type Slips } from './slips.js';
import { wording, type Family, type Task, type TaskOf } from './task.js';

export interface Message {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** What the script needs of its world: the text of the best document for a query. Arithmetic is done here. */
export type Search = (query: string) => string;

/** The transcript, and the value that its answer gives. */
export interface Solution {
  readonly messages: readonly Message[];
  readonly answer: string;
}

/** Works the task out, question to answer. Wherever it stops, it answers with the last value it saw. */
export function solve(task: Task, search: Search, slips: Slips = careful): Solution {
  const notes = new Notes(wording(task), search, slips);
  const answer = slips.givesUp ? 'unknown' : answerFrom(task, notes);
  notes.conclude(answer);
  return { messages: notes.messages, answer };
}

/** What the value of a comparison stands for: the first country, or the second. */
const TRUE = 'True';
const FALSE = 'False';

const thoughts: { readonly [O in Operator]: string } = {
  '+': 'I add them.',
  '-': 'I subtract them.',
  '>': 'I compare them.',
};

const rightOperator = { compare: '>', total: '+', difference: '-' } as const satisfies Partial<
  Record<Family, Operator>
>;

type Plans = { readonly [F in Family]: (task: TaskOf<F>, notes: Notes) => string };

/** How each family is worked out; returns the answer. */
const plans: Plans = {
  lookup: ({ attribute, country }, notes) => notes.find(attribute, country.name),
  chain: ({ attribute, country }, notes) => {
    const hop = notes.findCapital(country.capital);
    if (notes.slips.stopsAfterHop || hop.name === null) return hop.value;
    return notes.find(attribute, hop.name);
  },
  compare: arithmetic,
  total: arithmetic,
  difference: arithmetic,
};

function answerFrom<F extends Family>(task: TaskOf<F>, notes: Notes): string {
  return (plans[task.family] as (task: TaskOf<F>, notes: Notes) => string)(task, notes);
}

function arithmetic(task: TaskOf<keyof typeof rightOperator>, notes: Notes): string {
  const { slips } = notes;
  const first = notes.find('area', task.first.name);
  if (slips.stopsAfterFirstArea) return first;
  const second = notes.find('area', task.second.name);
  if (slips.skipsPython || !isNumber(first) || !isNumber(second)) return second;
  const right = operators.indexOf(rightOperator[task.family]);
  const operator = operators[(right + slips.operatorShift) % operators.length] as Operator;
  const value = notes.calculate(first, operator, second);
  if (value === TRUE) return task.first.name;
  return value === FALSE ? task.second.name : value;
}

function isNumber(value: string): boolean {
  return /^\d+$/.test(value);
}

/** The transcript so far, and the moves that lengthen it. */
class Notes {
  readonly messages: Message[];
  private searches = 0;

  constructor(
    question: string,
    private readonly search: Search,
    readonly slips: Slips,
  ) {
    this.messages = [{ role: 'user', content: question }];
  }

  /** The value that search gives for a fact of a country; text that states no fact is its own value. */
  find(attribute: Attribute, name: string): string {
    const bare = this.slips.bareQueries[this.searches++] ?? false;
    const query = bare ? name : `${attribute} of ${name}`;
    const result = this.call(`I need the ${attribute} of ${name}.`, 'search', query, this.search(query));
    return readSentence(result)?.value ?? result;
  }

  /** The country that search names for a capital, and the value its sentence states. */
  findCapital(capital: string): { name: string | null; value: string } {
    const query = `country with capital ${capital}`;
    const result = this.call(`I need the ${query}.`, 'search', query, this.search(query));
    const read = readSentence(result);
    return { name: read?.name ?? null, value: read?.value ?? result };
  }

  calculate(first: string, operator: Operator, second: string): string {
    const value = evaluate(Number(first), operator, Number(second));
    return this.call(thoughts[operator], 'python', `${first} ${operator} ${second}`, value);
  }

  conclude(answer: string): void {
    const thought = this.slips.givesUp ? 'I do not know.' : 'The result has the answer.';
    const given = this.slips.unboxed ? ` ${answer}` : `\\boxed{ ${answer}}`;
    this.messages.push({ role: 'assistant', content: `<think> ${thought}</think><answer>${given}</answer>` });
  }

  private call(thought: string, tool: 'search' | 'python', input: string, result: string): string {
    this.messages.push(
      { role: 'assistant', content: `<think> ${thought}</think><${tool}> ${input}</${tool}>` },
      { role: 'tool', content: result },
    );
    return result;
  }
}

/** What Python prints for the expression. */
function evaluate(first: number, operator: Operator, second: number): string {
  switch (operator) {
    case '+':
      return String(first + second);
    case '-':
      return String(first - second);
    case '>':
      return first > second ? TRUE : FALSE;
  }
}

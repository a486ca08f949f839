/**
 * The script that solves a task by calling tools, carefully or with slips, and writes down every turn.
 * It makes the demonstrations, and it decides which questions can be answered. It is not an agent: it knows the task.
 */
import { Notes, type Search, type Solution } from './notes.js';
import { careful, operators, type Operator, type Slips } from './slips.js';
import { wording, type Family, type Task, type TaskOf } from './task.js';

/** Works the task out, question to answer. Wherever it stops, it answers with the last value it saw. */
export function solve(task: Task, search: Search, slips: Slips = careful): Solution {
  const notes = new Notes(wording(task), search, slips);
  const answer = slips.givesUp ? 'unknown' : answerFrom(task, notes, slips);
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

type Plan<F extends Family> = (task: TaskOf<F>, notes: Notes, slips: Slips) => string;

/** How each family is worked out; returns the answer. */
const plans: { readonly [F in Family]: Plan<F> } = {
  lookup: ({ attribute, country }, notes) => notes.find(attribute, country.name),
  chain: ({ attribute, country }, notes, { stopsAfterHop }) => {
    const hop = notes.findCapital(country.capital);
    if (stopsAfterHop || hop.name === null) return hop.value;
    return notes.find(attribute, hop.name);
  },
  compare: arithmetic,
  total: arithmetic,
  difference: arithmetic,
};

function answerFrom<F extends Family>(task: TaskOf<F>, notes: Notes, slips: Slips): string {
  return (plans[task.family] as Plan<F>)(task, notes, slips);
}

function arithmetic(task: TaskOf<keyof typeof rightOperator>, notes: Notes, slips: Slips): string {
  const first = notes.find('area', task.first.name);
  if (slips.stopsAfterFirstArea) return first;
  const second = notes.find('area', task.second.name);
  if (slips.skipsPython || !isNumber(first) || !isNumber(second)) return second;
  const right = operators.indexOf(rightOperator[task.family]);
  const operator = operators[(right + slips.operatorShift) % operators.length] as Operator;
  const printed = evaluate(Number(first), operator, Number(second));
  const value = notes.call(thoughts[operator], 'python', `${first} ${operator} ${second}`, printed);
  if (value === TRUE) return task.first.name;
  return value === FALSE ? task.second.name : value;
}

function isNumber(value: string): boolean {
  return /^\d+$/.test(value);
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

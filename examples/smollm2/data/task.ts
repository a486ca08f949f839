/** Three parts of the questions that have none in common: shown, asked in reinforcement learning, and held out. Not yet in files: rows.ts writes those. */
import { Random } from '../../support/random.js';
import { demonstrate, type Message } from './demonstrations.js';
import { solvedWithin, type Problem } from './problem.js';
import type { Python } from './python.js';
import type { Source } from './source.js';

export interface Sizes {
  readonly demonstrations: number;
  readonly questions: number;
  readonly heldOut: number;
  /** Questions whose known solution takes more are left out. */
  readonly mostCalculations: number;
  /** Of the questions for reinforcement learning, at most this share comes from the source's second set. */
  readonly shareOfMore: number;
}

export interface Task {
  readonly demonstrations: readonly (readonly Message[])[];
  readonly questions: readonly Problem[];
  readonly heldOut: readonly Problem[];
}

/**
 * Demonstrations and held-out questions have a known solution; reinforcement learning also asks what is left.
 * @throws {Error} saying how many questions there are when they do not suffice
 */
export async function makeTask({ problems, more }: Source, sizes: Sizes, seed: number, python: Python): Promise<Task> {
  const all = distinct(problems);
  const solved = solvedWithin(sizes.mostCalculations, all);
  const shuffled = new Random(seed, 'split').shuffled(solved);
  const heldOut = shuffled.splice(0, sizes.heldOut);
  const demonstrations: (readonly Message[])[] = [];
  for (let next; demonstrations.length < sizes.demonstrations && (next = shuffled.shift());) {
    const messages = await demonstrate(next, python);
    if (messages) demonstrations.push(messages);
  }
  const own = new Set(solved.map(({ id }) => id));
  const others = new Random(seed, 'others').shuffled(all.filter(({ id }) => !own.has(id)));
  const second = new Random(seed, 'more').shuffled(more).slice(0, Math.floor(sizes.shareOfMore * sizes.questions));
  const questions = [...second, ...[...shuffled, ...others].slice(0, sizes.questions - second.length)];
  const task = { demonstrations, questions, heldOut };
  const parts = ['demonstrations', 'questions', 'heldOut'] as const;
  if (parts.some((part) => task[part].length < sizes[part])) {
    const needed = parts.reduce((sum, part) => sum + sizes[part], 0);
    throw new Error(
      `${needed} questions are needed, ${sizes.heldOut + sizes.demonstrations} of them with a usable solution; there are ` +
        `${solved.length} with one and ${others.length + more.length} without: ask for fewer, or bring more`,
    );
  }
  return task;
}

/** No two with the same words, or a held-out question might have been shown. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.question, problem])).values()];
}

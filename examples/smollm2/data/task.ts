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

/** @throws {Error} saying how many questions there are when they do not suffice */
export async function makeTask({ problems, more }: Source, sizes: Sizes, seed: number, python: Python): Promise<Task> {
  const solved = solvedWithin(sizes.mostCalculations, distinct(problems));
  const shuffled = new Random(seed, 'split').shuffled(solved);
  const heldOut = shuffled.splice(0, sizes.heldOut);
  const demonstrations: (readonly Message[])[] = [];
  while (demonstrations.length < sizes.demonstrations) {
    const problem = shuffled.shift();
    if (!problem) break;
    const messages = await demonstrate(problem, python);
    if (messages) demonstrations.push(messages);
  }
  const others = new Random(seed, 'more').shuffled(more).slice(0, Math.floor(sizes.shareOfMore * sizes.questions));
  const questions = [...others, ...shuffled.slice(0, sizes.questions - others.length)];
  if (questions.length < sizes.questions) {
    const needed = sizes.heldOut + sizes.demonstrations + sizes.questions;
    throw new Error(
      `${needed} questions are needed, but there are only ${solved.length} with a usable solution` +
        `${more.length > 0 ? ` and ${more.length} without` : ''}: ask for fewer, or bring more`,
    );
  }
  return { demonstrations, questions, heldOut };
}

/** No two with the same words, or a held-out question might have been shown. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.question, problem])).values()];
}

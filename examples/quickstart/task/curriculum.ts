/**
 * What the cold start is trained on, in the order in which it is to be read: first copying drills alone, then demonstrations
 * with some drills among them. The trainer must not shuffle it.
 */
import type { Random } from '../../support/random.js';
import { demonstrate } from './demonstrations.js';
import { drill } from './drills.js';
import type { Message } from './notes.js';
import { tokenCount } from './tokens.js';
import type { Names } from './world.js';

/** How much of it there is, in steps of a trainer that packs sequences one after the other. */
export interface Curriculum {
  readonly steps: number;
  readonly rowsPerStep: number;
  /** Tokens of a row, and of the longest demonstration. */
  readonly rowLength: number;
}

/** About 46,000 sequences. */
export const fullCurriculum: Curriculum = { steps: 3_200, rowsPerStep: 8, rowLength: 128 };

/** Share of the steps that come first and are drills only; share of the sequences after those that are drills. */
export const drillShares = { first: 0.15, after: 0.2 } as const;

export interface Lesson {
  readonly kind: 'drill' | 'demonstration';
  readonly messages: readonly Message[];
}

/**
 * As many lessons as fill the curriculum's rows.
 * @param show makes a demonstration of at most a row's length; by default one of the quickstart's task
 */
export function* lessons(
  random: Random,
  names: Names,
  curriculum: Curriculum,
  show: (random: Random, longest: number) => readonly Message[] = (draws, longest) =>
    demonstrate(draws, names, longest).messages,
): Generator<Lesson> {
  const { steps, rowsPerStep, rowLength } = curriculum;
  const rows = steps * rowsPerStep;
  let row = 1;
  let left = rowLength;
  for (;;) {
    const isDrill = row <= drillShares.first * rows || random.chance(drillShares.after);
    const lesson: Lesson = isDrill
      ? { kind: 'drill', messages: drill(random, names) }
      : { kind: 'demonstration', messages: show(random, rowLength) };
    const length = tokenCount(lesson.messages);
    if (length > left) {
      row += 1;
      left = rowLength;
    }
    if (row > rows) return;
    left -= length;
    yield lesson;
  }
}

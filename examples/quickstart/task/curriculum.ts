/**
 * What the cold start is trained on, in the order in which it is to be read: first copying drills alone, then demonstrations
 * with some drills among them. The trainer must not shuffle it.
 */
import { demonstrate } from './demonstrations.js';
import { drill } from './drills.js';
import type { Random } from './random.js';
import type { Message } from './script.js';
import { tokenCount } from './tokens.js';
import type { Names } from './world.js';

export interface Curriculum {
  /** Tokens of all sequences together; about 57 are one sequence. */
  readonly tokens: number;
  /** Tokens of the longest demonstration; drills are much shorter. */
  readonly longest: number;
}

/** About 35,000 sequences: with 8 packed rows of 128 tokens a step, enough for 2,400 steps. */
export const fullCurriculum: Curriculum = { tokens: 2_000_000, longest: 128 };

/** Share of the tokens that come first and are drills only; share of the sequences after those that are drills. */
export const drillShares = { first: 0.15, after: 0.2 } as const;

export interface Lesson {
  readonly kind: 'drill' | 'demonstration';
  readonly messages: readonly Message[];
}

export function* lessons(random: Random, names: Names, { tokens, longest }: Curriculum): Generator<Lesson> {
  for (let given = 0; given < tokens;) {
    const isDrill = given < drillShares.first * tokens || random.chance(drillShares.after);
    const lesson: Lesson = isDrill
      ? { kind: 'drill', messages: drill(random, names) }
      : { kind: 'demonstration', messages: demonstrate(random, names, longest).messages };
    given += tokenCount(lesson.messages);
    yield lesson;
  }
}

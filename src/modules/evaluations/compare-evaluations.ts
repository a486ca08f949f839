/**
 * Compares two evaluations of the same questions: each question is its own control, so that what is hard for both says nothing of the difference. Pure:
 * answers in, numbers out.
 */
import { mean, standardError } from '../../spec/statistics.js';

/** An answer that could be scored. */
export interface ComparedAnswer {
  readonly example: number;
  /** By the measure that is compared. */
  readonly value: number;
  readonly isRight: boolean;
}

/** What two evaluations found of one question: means of their answers to it. */
interface Question {
  readonly example: number;
  readonly a: number;
  readonly b: number;
}

export interface Paired {
  readonly questions: number;
  readonly only_in_a: number;
  readonly only_in_b: number;
  readonly mean_a: number | null;
  readonly mean_b: number | null;
  /** Of the questions' means, b less a. */
  readonly difference: number | null;
  readonly standard_error: number | null;
  readonly confidence_interval: [low: number, high: number] | null;
  readonly mcnemar: { readonly only_a: number; readonly only_b: number; readonly p_value: number };
  /** Questions that one has right and the other has not, with the shares of right answers. */
  readonly flipped: readonly Question[];
}

/** Of a normal distribution, 95% lie within as many standard deviations. */
const Z_95 = 1.959964;
/** A question counts as right where at least half of its answers are. */
const RIGHT_FROM = 0.5;

export function compareEvaluations(a: readonly ComparedAnswer[], b: readonly ComparedAnswer[]): Paired {
  const [ofA, ofB] = [a, b].map((answers) => byQuestion(answers, ({ value }) => value)) as [Means, Means];
  const both = paired(ofA, ofB);
  const share = ({ isRight }: ComparedAnswer): number => (isRight ? 1 : 0);
  const shares = paired(byQuestion(a, share), byQuestion(b, share));
  const differences = both.map((question) => question.b - question.a);
  const difference = both.length > 0 ? mean(differences) : null;
  const error = standardError(differences);
  const flipped = shares.filter((question) => question.a >= RIGHT_FROM !== question.b >= RIGHT_FROM);
  const onlyA = flipped.filter((question) => question.a >= RIGHT_FROM).length;
  const onlyB = flipped.length - onlyA;
  return {
    questions: both.length,
    only_in_a: ofA.size - both.length,
    only_in_b: ofB.size - both.length,
    mean_a: both.length > 0 ? mean(both.map((question) => question.a)) : null,
    mean_b: both.length > 0 ? mean(both.map((question) => question.b)) : null,
    difference,
    standard_error: error,
    confidence_interval:
      difference === null || error === null ? null : [difference - Z_95 * error, difference + Z_95 * error],
    mcnemar: { only_a: onlyA, only_b: onlyB, p_value: signTest(onlyA, onlyB) },
    flipped,
  };
}

type Means = ReadonlyMap<number, number>;

function paired(ofA: Means, ofB: Means): Question[] {
  return [...ofA].flatMap(([example, a]) => {
    const b = ofB.get(example);
    return b === undefined ? [] : [{ example, a, b }];
  });
}

/** The mean of the answers to each question. */
function byQuestion(answers: readonly ComparedAnswer[], measure: (answer: ComparedAnswer) => number): Means {
  const values = new Map<number, number[]>();
  for (const answer of answers) {
    const of = values.get(answer.example);
    if (of) of.push(measure(answer));
    else values.set(answer.example, [measure(answer)]);
  }
  return new Map([...values].map(([example, of]) => [example, mean(of)]));
}

/** McNemar's test, exactly: how probably a fair coin falls as unevenly as this, or more so, in either direction. */
export function signTest(one: number, other: number): number {
  const n = one + other;
  let logChoose = 0;
  let tail = 0;
  for (let i = 0; i <= Math.min(one, other); i++) {
    if (i > 0) logChoose += Math.log((n - i + 1) / i);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}

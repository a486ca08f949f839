/** A word problem with its answer and, where they are known, the calculations that lead there: what every source of questions gives. */

/** One step of a solution. */
export interface Calculation {
  /** What is calculated, in words without its value: `The total cost is`. */
  readonly thought: string;
  /** Arithmetic that Python can evaluate. */
  readonly expression: string;
  /** What the source says that it gives. */
  readonly value: number;
}

export interface Problem {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  /** In order, the last gives the answer; null when the source shows none that can be used. */
  readonly calculations: readonly Calculation[] | null;
}

export type SolvedProblem = Problem & { readonly calculations: readonly Calculation[] };

/** Those whose solution is known and takes at most `most` calculations. */
export function solvedWithin(most: number, problems: readonly Problem[]): SolvedProblem[] {
  return problems.flatMap((problem) => {
    const { calculations } = problem;
    return calculations !== null && calculations.length <= most ? [{ ...problem, calculations }] : [];
  });
}

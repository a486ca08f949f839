/** One thing that keeps a spec from running: where, and what to do about it. */
export interface SpecProblem {
  path: string;
  message: string;
}

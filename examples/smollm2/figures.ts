/** An evaluation's figures as people read them. */
import type { Aggregates } from '../support/evaluate.js';
import { count, percent } from '../../cli/terminal/figures.js';

interface Mean {
  readonly mean: number | null;
  readonly standard_error: number | null;
}

/** `87.5% ± 2.9` */
export function share({ mean, standard_error: error }: Mean): string {
  if (mean === null) return 'not scored';
  return `${percent(mean)}${error === null ? '' : ` ± ${(100 * error).toFixed(1)}`}`;
}

/** `-0.08 ± 0.04` */
export function number({ mean, standard_error: error }: Mean): string {
  if (mean === null) return 'not scored';
  return `${mean.toFixed(2)}${error === null ? '' : ` ± ${error.toFixed(2)}`}`;
}

/** One line about an evaluation. */
export function scoresLine({ format_valid, reward, exact_match, num_infra_error }: Aggregates): string {
  const lost = num_infra_error === 0 ? '' : `, ${count(num_infra_error)} not scored`;
  return `format valid ${share(format_valid)}, mean reward ${number(reward)}, right answers ${share(exact_match)}${lost}`;
}

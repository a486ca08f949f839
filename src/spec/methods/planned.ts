/** Methods that the contract names and this version refuses. One that is built moves to a file of its own. */
import type { PlannedMethod } from './method.js';

const planned = <const Name extends string>(
  name: Name,
  arxiv: string,
  title: string,
  summary: string,
): PlannedMethod<Name> => ({ name, arxiv, title, summary, built: false });

export const PLANNED = [
  planned(
    'dpo',
    '2305.18290',
    'DPO, Direct Preference Optimization',
    'Learns from pairs of a better and a worse response; samples nothing.',
  ),
] as const;

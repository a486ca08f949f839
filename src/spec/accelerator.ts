/** What a run may ask of the machine that carries it out. */
import { z } from 'zod';
import { notBuilt } from './availability.js';
import type { SpecProblem } from './problem.js';

const ACCELERATORS = {
  auto: { built: true },
  cpu: { built: true },
  webgpu: { built: false },
  cuda: { built: false },
} as const;
export type Accelerator = keyof typeof ACCELERATORS;

export const Accelerator = z.enum(Object.keys(ACCELERATORS) as [Accelerator, ...Accelerator[]]);

export function acceleratorProblems(accelerator: Accelerator): SpecProblem[] {
  return notBuilt(ACCELERATORS, accelerator, 'accelerator', `${accelerator} is`);
}

/** What a run may ask of the machine that carries it out. */
import { z } from 'zod';
import { notBuilt } from './availability.js';
import type { SpecProblem } from './problem.js';

const ACCELERATORS = {
  auto: { built: true },
  cpu: { built: true },
  webgpu: { built: true },
  cuda: { built: false },
} as const;
export type Accelerator = keyof typeof ACCELERATORS;

export const Accelerator = z
  .enum(Object.keys(ACCELERATORS) as [Accelerator, ...Accelerator[]])
  .describe(
    'What the graphs run on. `webgpu` waits for a worker that has it. `auto`: the GPU of whichever worker takes the job up, where it has one, else its processor; ' +
      'never an adapter in software.',
  );

/** What a trainer can be told to compute on. */
export const Provider = z.enum(['cpu', 'webgpu']);
export type Provider = z.infer<typeof Provider>;

export function acceleratorProblems(accelerator: Accelerator): SpecProblem[] {
  return notBuilt(ACCELERATORS, accelerator, 'accelerator', `${accelerator} is`);
}

/** How often a step of a policy run updates its policy. */

export interface StepBatches {
  readonly epochs: number;
  readonly prompts_per_step: number;
  readonly mini_batch_prompts: number;
}

/** Optimiser updates of one step: mini-batches, over and over for the epochs. */
export function updatesPerStep({ epochs, prompts_per_step, mini_batch_prompts }: StepBatches): number {
  return epochs * Math.ceil(prompts_per_step / mini_batch_prompts);
}

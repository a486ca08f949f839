/** The recipe as bodies of requests, with the ids that the service has given out. Sends nothing. */
import type { Schemas } from 'bough/client';
import type { Decoding } from '../support/evaluate.js';
import type { Recipe } from './recipe.js';

/** Ids of the uploaded files. */
export interface Datasets {
  readonly demonstrations: string;
  readonly questions: string;
  readonly heldOut: string;
}

/** @param path within the folder that the service takes models from */
export function modelSpec(path: string): Schemas['ModelSpec'] {
  return { name: path, source: { type: 'directory', path } };
}

export function coldStartSpec(
  { system, coldStart }: Recipe,
  { demonstrations }: Datasets,
  model: string,
  seed: number,
): Schemas['RunSpec'] {
  const prompt = { system };
  return { method: 'sft', name: 'smollm2 cold start', model, dataset: demonstrations, prompt, ...coldStart, seed };
}

export function policySpec(
  { system, tools, policy }: Recipe,
  { questions }: Datasets,
  checkpoint: string,
  seed: number,
): Schemas['RunSpec'] {
  const prompt = { system };
  return {
    method: 'arpo',
    name: 'smollm2 arpo',
    model: checkpoint,
    dataset: questions,
    prompt,
    tools,
    ...policy,
    seed,
  };
}

/** What is evaluated is a model or a checkpoint. */
export function evaluationSpec(
  { system, tools, evaluation }: Recipe,
  { heldOut }: Datasets,
  subject: string,
  decoding: Decoding,
  seed: number,
): Schemas['EvaluationSpec'] {
  return {
    ...(subject.startsWith('ckpt_') ? { checkpoint: subject } : { model: subject }),
    dataset: heldOut,
    prompt: { system },
    tools,
    sampling: evaluation[decoding],
    seed,
  };
}

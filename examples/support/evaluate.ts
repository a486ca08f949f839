/** Has a model or a checkpoint evaluated, with greedy and with sampled answers. What is made of the figures is the caller's. */
import { unwrap, type Evaluation, type Schemas } from 'bough/client';
import type { Client } from './client.js';

export type Aggregates = Schemas['EvaluationAggregates'];
export type EvaluationItem = Schemas['EvaluationItem'];

/** How the agent answers when it is evaluated. */
export const decodings = ['greedy', 'sampled'] as const;
export type Decoding = (typeof decodings)[number];

export interface Evaluated {
  readonly id: string;
  readonly aggregates: Aggregates;
}

export type Scores = Readonly<Record<Decoding, Evaluated>>;

/** @throws {Error} with the evaluation's own, when it does not succeed */
export async function evaluate(
  client: Client,
  name: string,
  specOf: (decoding: Decoding) => Schemas['EvaluationSpec'],
): Promise<Scores> {
  const scores: Partial<Record<Decoding, Evaluated>> = {};
  for (const decoding of decodings)
    scores[decoding] = await evaluateOnce(client, `held-out questions, ${name}, ${decoding}`, specOf(decoding));
  return scores as Scores;
}

/** @throws {Error} with the evaluation's own, when it does not succeed */
export async function evaluateOnce(client: Client, name: string, body: Schemas['EvaluationSpec']): Promise<Evaluated> {
  const { bough, signal } = client;
  const { id } = unwrap(await bough.api.POST('/v1/evaluations', { body, signal }));
  return { id, aggregates: (await followEvaluation(client, name, id)).aggregates };
}

/** An evaluation that has been posted, to its end. @throws {Error} with its own, when it does not succeed */
export async function followEvaluation(
  { bough, screen, signal }: Client,
  name: string,
  id: string,
): Promise<{ aggregates: Aggregates; seconds: number }> {
  const onUpdate = ({ status, progress: { done, total } }: Evaluation) =>
    screen.live(`${name}: ${total === null ? status : `${done} of ${total}`}`);
  const { status, aggregates, usage, error } = await bough.waitForEvaluation(id, { signal, everyMs: 500, onUpdate });
  if (status !== 'succeeded' || !aggregates) {
    throw new Error(`The evaluation ${id} (${name}) ${status}: ${error?.message ?? 'without an error'}`);
  }
  return { aggregates, seconds: usage.wall_time_s };
}

/** Every answer of an evaluation, in the order of the dataset. */
export async function itemsOf({ bough }: Client, { id }: Evaluated): Promise<EvaluationItem[]> {
  const items: EvaluationItem[] = [];
  const pages = { path: { id }, query: { limit: 100 } };
  for await (const item of bough.list('/v1/evaluations/{id}/items', pages)) items.push(item);
  return items;
}

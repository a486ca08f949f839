/**
 * A training checkpoint: a Hugging Face directory that other programs load, and beside it all that a run needs to go on as if nothing had happened.
 * There is no random state in it: draws are functions of the seed and of what they decide.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  readSafetensors,
  withMergedParameters,
  writeAdapterDirectory,
  writeModelDirectory,
  writeSafetensors,
  type AdamWState,
  type Optimizer,
  type Policy,
} from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import { TrainerFailure } from '../failure.js';

/** The adapter alone, as PEFT loads it; the weights beside it have it merged in. */
export const ADAPTER_FOLDER = 'adapter';

const STATE_FILE = 'training_state.json';
const OPTIMIZER_FILE = 'optimizer.safetensors';

const SlotBaseline = z.tuple([z.int(), z.int(), z.number(), z.int()]).readonly();
/** Entropies of the first trajectory that had a slot: place of its prompt, its number in its group, their sum, their count. */
export type SlotBaseline = z.infer<typeof SlotBaseline>;

const PooledLines = z.object({ solved: z.array(z.int()), too_hard: z.array(z.int()) });
export type Pool = keyof z.infer<typeof PooledLines>;

const BestSoFar = z.object({
  /** Of the evaluation with the highest value. */
  step: z.int(),
  value: z.number(),
  /** The value at the last improvement, which the next is measured from. */
  mark: z.number(),
  /** Evaluations since that improvement. */
  waited: z.int(),
});
export type BestSoFar = Readonly<z.infer<typeof BestSoFar>>;

const TrainingState = z.object({
  format: z.literal(2),
  /** Steps finished. */
  step: z.int(),
  /** Place in the endless sequence of examples. */
  cursor: z.int(),
  optimizer_steps: z.int(),
  /** How the run cuts its batches. */
  batch_tokens: z.int(),
  pass_bytes: z.number(),
  /** Of a run with `rollout.baseline: first_recorded_in_slot`. */
  slot_baselines: z.array(SlotBaseline).optional(),
  /** Lines of the dataset, of a run with `training.pools`. */
  pools: PooledLines.optional(),
  /** Of a run with `evaluation.best`, once it has evaluated. */
  best: BestSoFar.optional(),
});
export type TrainingState = z.infer<typeof TrainingState>;

/** How batches are cut into passes. Sums of parts differ in their last bits: a resumed run cuts as it began, whatever memory it finds. */
export interface Passes {
  /** Unique tokens per pass. */
  readonly tokens: number;
  /** Above which a pass runs layer by layer. */
  readonly bytes: number;
}

export interface Progress {
  step: number;
  cursor: number;
  readonly passes: Passes;
  /** What the entropies of trajectories are compared with, as far as it is known; undefined: with their own. */
  readonly baselines?: SlotBaseline[] | undefined;
  /** Of the lines of the dataset whose questions taught nothing when they were last asked; undefined: the run keeps no pools. */
  readonly pools?: Map<number, Pool> | undefined;
  /** null: there was no evaluation, or the run keeps no best checkpoint. */
  best: BestSoFar | null;
}

/** Where a checkpoint's weights come from. */
export interface Origin {
  /** The model that the run started from: its tokenizer and what its configuration says beyond the engine's are carried over. */
  modelDirectory: string;
  /** What an adapter says of the model that it belongs to: a repository of Hugging Face, or its id here. */
  baseModel: string;
  /** The text of README.md. */
  card: string;
}

/** The name under which an adapter's model is found: its repository where it came from there and nothing was trained since, else its id here. */
export function adapterBase({ spec, provenance }: TrainJob): string {
  return (spec.model.startsWith('ckpt_') ? null : provenance.base_model) ?? spec.model;
}

/** Writes `<parent>/step-<step>` whole or not at all, and returns it. */
export async function writeCheckpoint(
  parent: string,
  { step, cursor, passes, baselines, pools, best }: Progress,
  policy: Policy,
  optimizer: Optimizer,
  { modelDirectory, baseModel, card }: Origin,
): Promise<string> {
  const directory = join(parent, `step-${step}`);
  const draft = `${directory}.partial`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  await policy.fetchTrained();
  const { config, adapter } = policy;
  if (adapter) await writeAdapterDirectory(join(draft, ADAPTER_FOLDER), adapter, baseModel);
  const [tokenizerDirectory, sourceDirectory] = [modelDirectory, modelDirectory];
  await withMergedParameters(policy, (parameters) =>
    writeModelDirectory(draft, { config, parameters, dtype: 'float32', tokenizerDirectory, sourceDirectory }),
  );
  await writeFile(join(draft, 'README.md'), card);
  const { count, moments } = await optimizer.state();
  await writeSafetensors(join(draft, OPTIMIZER_FILE), moments);
  const state: TrainingState = {
    format: 2,
    step,
    cursor,
    optimizer_steps: count,
    batch_tokens: passes.tokens,
    pass_bytes: passes.bytes,
    slot_baselines: baselines,
    pools: pools && pooledLines(pools),
    best: best ?? undefined,
  };
  await writeFile(join(draft, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`);
  await rm(directory, { recursive: true, force: true });
  await rename(draft, directory);
  return directory;
}

/** Puts the optimiser where it was; the weights are read with the policy. Throws TrainerFailure when the directory is no training checkpoint. */
export async function restoreCheckpoint(directory: string, optimizer: Optimizer): Promise<Progress> {
  try {
    const state = TrainingState.parse(JSON.parse(await readFile(join(directory, STATE_FILE), 'utf8')));
    const moments = await readSafetensors(join(directory, OPTIMIZER_FILE));
    optimizer.restore({ count: state.optimizer_steps, moments: moments as AdamWState['moments'] });
    const passes = { tokens: state.batch_tokens, bytes: state.pass_bytes };
    const { step, cursor, slot_baselines: baselines } = state;
    const pools = state.pools && poolsOfLines(state.pools);
    return { step, cursor, passes, baselines, pools, best: state.best ?? null };
  } catch (error) {
    throw checkpointUnusable(error);
  }
}

/** In order, so that the same pools are the same text. */
function pooledLines(pools: ReadonlyMap<number, Pool>): z.infer<typeof PooledLines> {
  const linesOf = (wanted: Pool) =>
    [...pools].flatMap(([line, pool]) => (pool === wanted ? line : [])).sort((a, b) => a - b);
  return { solved: linesOf('solved'), too_hard: linesOf('too_hard') };
}

function poolsOfLines(lines: z.infer<typeof PooledLines>): Map<number, Pool> {
  const each = (pool: Pool) => lines[pool].map((line): [number, Pool] => [line, pool]);
  return new Map([...each('solved'), ...each('too_hard')]);
}

/** What is wrong with a checkpoint is nobody's fault who posted the run. */
export function checkpointUnusable(error: unknown): TrainerFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The checkpoint cannot be resumed from: ${reason}`;
  return new TrainerFailure('checkpoint_unusable', message, { cause: error });
}

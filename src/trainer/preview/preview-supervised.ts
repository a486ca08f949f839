/** The preview of a supervised run: some of its steps, or parts of one where a step takes long, and the run's tokens to reckon the rest with. */
import type { TrainingExample } from '../../protocol/messages.js';
import type { PreviewResult } from '../../spec/preview.js';
import type { Link } from '../link.js';
import { memoryEstimate, timeEstimate } from './estimate.js';
import { countTokens, evenly, type RenderedExample, type TokenCount } from './tokens.js';
import type { TokenSpan } from '../model/render.js';
import { sequenceReader } from '../examples/sequences.js';
import { Stopwatch } from '../stopwatch.js';
import { SupervisedTraining, type SupervisedJob } from '../jobs/train-supervised.js';
import { oneProcess } from './one-process.js';

/** A first part that takes longer is not done a second time to see how long it takes once the graphs are built. */
const LONE_S = 150;
/** Steps are done until so much time is spent on them, or there are so many. */
const ENOUGH_S = 15;
const MAX_STEPS = 40;
/** What a single step may take; of one that takes longer only some parts are done. */
const LONGEST_STEP_S = 120;
/** Batches over which the tokens of a step are averaged where they cannot be reckoned. */
const MAX_BATCHES = 32;

/** Of an example without an answer, from which nothing is learnt. */
const NO_PROMPT: TokenSpan = { kind: 'prompt', tokens: new Int32Array(), text: '' };

/** A step, or the first parts of one. */
interface Lap {
  seconds: number;
  tokens: number;
  whole: boolean;
  /** Where the next step begins. */
  end: number;
}

export async function previewSupervised(job: SupervisedJob, link: Link): Promise<PreviewResult> {
  const training = await SupervisedTraining.prepare(job, link);
  try {
    return await perform(training, process.uptime());
  } finally {
    await training.close();
  }
}

async function perform(training: SupervisedTraining, prepareSeconds: number): Promise<PreviewResult> {
  const { run, demonstrations } = training;
  const { job, link, steps, progress } = run;
  const watch = new Stopwatch();
  const { prompts, tokens } = await countTokens(demonstrations.file, (example) => render(training, example), link);
  const perStep = await tokensPerStep(training, tokens);
  const { laps, graphs, whole } = await timeSteps(training);
  progress.step = 1;
  const writing = new Stopwatch();
  await run.checkpoint(true);
  const checkpoint = writing.total;
  const step = { sample: 0, tools: 0, score: 0, update: paceOf(laps) * perStep };
  return {
    prompts,
    tokens: { ...tokens, steps, tokens_per_step: perStep },
    estimate: {
      time: timeEstimate(steps, job.spec, { prepare: prepareSeconds + graphs, step, evaluation: 0, checkpoint }, null),
      memory: memoryEstimate(run.memory, job.spec),
      measured: {
        steps: whole ? laps.length : 0,
        prompts: 0,
        trajectories: 0,
        sampled_tokens: 0,
        response_tokens: null,
        tool_calls: 0,
        groups_learnt: null,
        trained_tokens: sum(laps, (lap) => lap.tokens),
        evaluated: 0,
        seconds: watch.total,
      },
      assumptions: [...oneProcess(job.spec), 'the machine stays as busy with other work as it was during the preview'],
    },
  };
}

function render({ run: { spec, model } }: SupervisedTraining, example: TrainingExample): RenderedExample {
  const { prompt, sequences } = sequenceReader(spec).read(model.renderer, example, spec.training.max_length);
  return { prompt: prompt ?? NO_PROMPT, tokens: sum(sequences, ({ length }) => length) };
}

/** Tokens that a step learns from, on average. */
async function tokensPerStep(
  { run: { link, spec, steps }, demonstrations }: SupervisedTraining,
  count: TokenCount['tokens'],
): Promise<number> {
  const { dataset_epochs: epochs } = spec.training;
  if (epochs !== null && count.example) return (epochs * count.examples * count.example.mean) / steps;
  const places = evenly(count.examples, Math.min(steps, MAX_BATCHES));
  let tokens = 0;
  for (const place of places) {
    link.signal.throwIfAborted();
    tokens += (await demonstrations.batchAt(place)).tokens;
  }
  return tokens / places.length;
}

/**
 * Steps, or as many parts of each as the time allows. `graphs`: seconds that only the first part takes, because it builds the graphs; `whole`: steps
 * were done from end to end.
 */
async function timeSteps(training: SupervisedTraining): Promise<{ laps: Lap[]; graphs: number; whole: boolean }> {
  const first = await timeStep(training, 0, 1);
  if (first.seconds > LONE_S) return { laps: [first], graphs: 0, whole: first.whole };
  const parts = Math.max(1, Math.floor(LONGEST_STEP_S / first.seconds));
  const laps: Lap[] = [];
  for (let spent = 0, cursor = 0; spent < ENOUGH_S && laps.length < MAX_STEPS;) {
    if (laps.length % training.run.steps === 0) cursor = 0;
    const lap = await timeStep(training, cursor, parts);
    laps.push(lap);
    spent += lap.seconds;
    cursor = lap.end;
  }
  const graphs = Math.max(0, first.seconds - first.tokens * paceOf(laps));
  return { laps, graphs, whole: laps.every((lap) => lap.whole) };
}

async function timeStep(training: SupervisedTraining, cursor: number, most: number): Promise<Lap> {
  training.run.link.signal.throwIfAborted();
  const watch = new Stopwatch();
  const batch = await training.demonstrations.batchAt(cursor);
  const { tokens, whole } = await training.learn(batch, most);
  return { seconds: watch.total, tokens, whole, end: batch.end };
}

/** Seconds per token. */
function paceOf(laps: readonly Lap[]): number {
  return sum(laps, ({ seconds }) => seconds) / sum(laps, ({ tokens }) => tokens);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

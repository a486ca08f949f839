/** Goes through all examples before the first step, so that what is wrong with one is known then, and not hours later. Renders; runs no model. */
import { ChatTemplateError } from '../../engine/index.js';
import type { TrainingExample } from '../../protocol/messages.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { ExampleFile } from './example-file.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import type { PromptReader } from '../model/loaded-model.js';
import type { PromptSpan } from '../model/render.js';
import { RejectedExamples } from './rejected-examples.js';
import type { PromptTask } from '../trees/prompt-task.js';

const BREATHE_EVERY = 64;

export interface PromptLimits {
  /** null: only the model's own limit counts. */
  maxPromptTokens: number | null;
  maxResponseTokens: number;
}

export interface Watcher {
  link: Link;
  onProgress: (fraction: number) => void;
}

/** Calls `examine` for the first `count` examples. Returns those for which the chat template refused. */
async function examineAll(
  examples: ExampleFile,
  count: number,
  examine: (example: TrainingExample, line: number) => void,
  { link, onProgress }: Watcher,
): Promise<RejectedExamples> {
  const rejected = new RejectedExamples();
  for (let line = 0; line < count; line++) {
    const example = await examples.read(line);
    try {
      examine(example, line);
    } catch (error) {
      if (!(error instanceof ChatTemplateError)) throw error;
      rejected.add(line, example.index, error.message);
    }
    if (line % BREATHE_EVERY !== 0) continue;
    onProgress(line / count);
    await yieldToEventLoop();
    link.signal.throwIfAborted();
  }
  return rejected;
}

/**
 * Calls `examine` for every example and takes those out of `examples` for which the chat template refused: the run is as if the dataset did not have
 * them. A warning names them, unless `quiet`. Throws TrainerFailure where none is left.
 */
export async function dropUnrenderable(
  examples: ExampleFile,
  examine: (example: TrainingExample, line: number) => void,
  { quiet, ...watcher }: Watcher & { quiet: boolean },
): Promise<void> {
  const { count } = examples;
  const rejected = await examineAll(examples, count, examine, watcher);
  if (rejected.count === 0) return;
  const what = rejected.describe(count, 'cannot be rendered');
  if (rejected.count === count) throw new TrainerFailure('prompt_not_rendered', what);
  examples.drop(rejected.lines);
  if (!quiet) await watcher.link.log('warn', `${what}. The run passes over them`);
}

/** Why a prompt cannot be answered, with the remedy; null where it can. */
function problemOf({ tokens }: PromptSpan, { config }: PromptReader, limits: PromptLimits): string | null {
  const { length } = tokens;
  const { maxPromptTokens, maxResponseTokens } = limits;
  const { maxPositions } = config;
  if (length === 0) return 'its prompt is empty';
  if (maxPromptTokens !== null && length > maxPromptTokens) {
    return `its prompt has ${length} tokens: shorten it, or raise rollout.max_prompt_tokens (${maxPromptTokens})`;
  }
  if (length + maxResponseTokens <= maxPositions) return null;
  return `its prompt has ${length} tokens, and with max_response_tokens ${maxResponseTokens} it exceeds the model's ${maxPositions} positions: shorten either`;
}

const refusal = (faulty: RejectedExamples, of: number): TrainerFailure =>
  new TrainerFailure('prompt_too_long', faulty.describe(of, 'have a prompt that cannot be answered'));

/**
 * Tokens of the longest prompt to train on. Examples that the template refuses are taken out of `examples`; throws TrainerFailure naming those whose
 * prompts are too long, because there the run's own limits are as likely to be wrong.
 */
export async function longestPrompt(
  examples: ExampleFile,
  model: PromptReader,
  limits: PromptLimits,
  watcher: Watcher & { quiet: boolean },
): Promise<number> {
  const { count } = examples;
  const faulty = new RejectedExamples();
  let longest = 0;
  const examine = ({ index, messages }: TrainingExample, line: number) => {
    const prompt = model.renderer.prompt(messages);
    const problem = problemOf(prompt, model, limits);
    if (problem) faulty.add(line, index, problem);
    longest = Math.max(longest, prompt.tokens.length);
  };
  await dropUnrenderable(examples, examine, watcher);
  if (faulty.count > 0) throw refusal(faulty, count);
  return longest;
}

/**
 * The first `limit` questions of a dataset that measures. None is passed over: what is measured must not depend on the model. Throws TrainerFailure
 * naming all that cannot be asked.
 */
export async function questionsOf(
  path: string,
  model: PromptReader,
  { limit, ...limits }: PromptLimits & { limit: number | null },
  watcher: Watcher,
): Promise<PromptTask[]> {
  const file = await ExampleFile.open(path);
  try {
    const count = Math.min(file.count, limit ?? file.count);
    const faulty = new RejectedExamples();
    const prompts: PromptTask[] = [];
    const examine = ({ index, messages }: TrainingExample, place: number) => {
      const prompt = model.renderer.prompt(messages);
      const problem = problemOf(prompt, model, limits);
      if (problem) faulty.add(place, index, problem);
      prompts.push({ place, example: index, prompt });
    };
    const rejected = await examineAll(file, count, examine, watcher);
    if (rejected.count > 0) {
      const what = rejected.describe(count, 'cannot be rendered');
      throw new TrainerFailure('prompt_not_rendered', `The evaluation dataset: ${what}`);
    }
    if (faulty.count > 0) throw refusal(faulty, count);
    return prompts;
  } finally {
    await file.close();
  }
}

/** What a dataset's examples are in tokens: the first prompts as the model reads them, and lengths over a sample of the dataset. Runs no model. */
import type { TrainingExample } from '../../protocol/messages.js';
import type { PreviewedPrompt, PreviewedTokens } from '../../spec/preview.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import type { ExampleFile } from '../examples/example-file.js';
import type { Link } from '../link.js';
import type { TokenSpan } from '../model/render.js';

const SHOWN = 3;
const MAX_COUNTED = 500;

export interface Spread {
  min: number;
  mean: number;
  max: number;
}

/** @throws {RangeError} when there are no values */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('there is no mean of nothing');
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { min: Math.min(...values), mean, max: Math.max(...values) };
}

/** An example as the run uses it. */
export interface RenderedExample {
  prompt: TokenSpan;
  /** Tokens that are learnt from or read to do so; null where answers are sampled. */
  tokens: number | null;
}

export interface TokenCount {
  prompts: PreviewedPrompt[];
  tokens: Pick<PreviewedTokens, 'examples' | 'counted' | 'prompt' | 'example'>;
}

export async function countTokens(
  file: ExampleFile,
  render: (example: TrainingExample) => RenderedExample,
  link: Link,
): Promise<TokenCount> {
  const prompts: PreviewedPrompt[] = [];
  for (let line = 0; line < Math.min(SHOWN, file.count); line++) {
    const example = await file.read(line);
    const { tokens, text } = render(example).prompt;
    prompts.push({ example: example.index, tokens: tokens.length, text });
  }
  const rendered: RenderedExample[] = [];
  for (const line of evenly(file.count, MAX_COUNTED)) {
    rendered.push(render(await file.read(line)));
    await yieldToEventLoop();
    link.signal.throwIfAborted();
  }
  const lengths = rendered.flatMap(({ tokens }) => tokens ?? []);
  const tokens = {
    examples: file.count,
    counted: rendered.length,
    prompt: spread(rendered.map(({ prompt }) => prompt.tokens.length)),
    example: lengths.length === 0 ? null : spread(lengths),
  };
  return { prompts, tokens };
}

/** At most `most` places of `count`, as far apart as can be. */
export function evenly(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * count) / chosen));
}

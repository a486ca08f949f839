/** `bough evaluations …` */
import { Option, type Command } from 'commander-14';
import { unwrap, type Evaluation, type Schemas } from '../../openapi/client.js';
import { UnsuccessfulError } from '../exit-code.js';
import type { Host } from '../host.js';
import { count, percent } from '../terminal/figures.js';
import { safeText } from '../terminal/safe-text.js';
import { example } from './example.js';

interface CreateOptions {
  readonly model: string;
  readonly dataset: string;
  readonly limit?: string;
  readonly samples?: string;
  readonly temperature?: string;
  readonly maxTokens?: string;
  readonly wait: boolean;
}

export function addEvaluations(program: Command, { act }: Host): void {
  const evaluations = program.command('evaluations').description('How good a model or a checkpoint is.');

  example(
    evaluations
      .command('create')
      .description('Asks a model or a checkpoint the questions of a dataset, and waits for the figures.')
      .requiredOption('--model <id>', 'mdl_… or ckpt_…')
      .requiredOption('--dataset <id>', 'ds_… of kind rl')
      .option('--limit <n>', 'only the first questions')
      .option('--samples <n>', 'answers to each question, for pass@k')
      .option('--temperature <t>', '0 for greedy answers')
      .option('--max-tokens <n>', 'at which an answer is cut')
      .option('--no-wait', 'do not wait for its end')
      .action(
        act(async ({ bough, print, screen, signal }, options: CreateOptions) => {
          const posted = unwrap(await bough.api.POST('/v1/evaluations', { body: specOf(options), signal }));
          for (const warning of posted.warnings) screen.say(`Warning: ${warning}`);
          const onUpdate = ({ progress, waiting_for: waitingFor }: Evaluation) => {
            const total = progress.total === null ? '…' : count(progress.total);
            screen.live(`${posted.id}: ${waitingFor ?? `${count(progress.done)} of ${total} answers`}`);
          };
          const evaluation = options.wait ? await bough.waitForEvaluation(posted.id, { signal, onUpdate }) : posted;
          print(evaluation, () => evaluationLines(evaluation));
          if (options.wait && evaluation.status !== 'succeeded') {
            throw new UnsuccessfulError(`${evaluation.id} ${evaluation.status}: ${evaluation.error?.message ?? ''}`);
          }
        }),
      ),
    'bough evaluations create --model ckpt_01m8ek17dyew3t589z7zxv2zy0 --dataset ds_01m8ejhncaeztsk0q7fsmt948p --temperature 0',
  );

  example(
    evaluations
      .command('show')
      .description('The figures of an evaluation.')
      .argument('<evaluation>')
      .action(
        act(async ({ bough, print, signal }, id: string) => {
          const evaluation = unwrap(await bough.api.GET('/v1/evaluations/{id}', { params: { path: { id } }, signal }));
          print(evaluation, () => evaluationLines(evaluation));
        }),
      ),
    'bough evaluations show eval_01m8ek1cccevs9mrwcsr2r7xms',
  );

  example(
    evaluations
      .command('compare')
      .description(
        'How much better the second of two evaluations of the same questions is, and which questions flipped.',
      )
      .argument('<a>')
      .argument('<b>')
      .addOption(
        new Option('--measure <measure>', 'what the difference is of')
          .choices(['right', 'reward', 'exact_match'])
          .default('right'),
      )
      .action(
        act(async ({ bough, print, signal }, a: string, b: string, { measure }: Pick<Comparison, 'measure'>) => {
          const body = { a, b, measure };
          const comparison = unwrap(await bough.api.POST('/v1/evaluations/compare', { body, signal }));
          print(comparison, () => comparisonLines(comparison as Comparison));
        }),
      ),
    'bough evaluations compare eval_01m8ek1cccevs9mrwcsr2r7xms eval_01m8ekc2hnfwqsvtd6r1x8m4a0',
  );
}

type Comparison = Schemas['EvaluationComparison'];

function comparisonLines(comparison: Comparison): string[] {
  const { measure, questions, difference, standard_error: error, confidence_interval: interval, mcnemar } = comparison;
  const [scale, unit] = measure === 'reward' ? [1, ''] : [100, '%'];
  const figure = (value: number | null) => percentage(value, null, scale, unit);
  const between = interval ? `, 95% between ${figure(interval[0])} and ${figure(interval[1])}` : '';
  return [
    `  a           ${comparison.a}  ${figure(comparison.mean_a)}`,
    `  b           ${comparison.b}  ${figure(comparison.mean_b)}`,
    `  b less a    ${percentage(difference, error, scale, unit)} (${measure})${between}`,
    `  questions   ${count(questions)}; right in a alone ${count(mcnemar.only_a)}, in b alone ${count(mcnemar.only_b)} (McNemar p ${mcnemar.p_value.toFixed(3)})`,
    ...comparison.warnings.map((warning) => `  warning: ${warning}`),
    ...comparison.flipped.map(
      ({ example: index, question, a, b }) =>
        `  ${a > b ? 'a' : 'b'} right     ${safeText(question ?? `example ${index}`)
          .replace(/\s+/g, ' ')
          .slice(0, 100)}`,
    ),
  ];
}

function specOf({ model, dataset, limit, samples, temperature, maxTokens }: CreateOptions): Schemas['EvaluationSpec'] {
  const sampling = {
    ...(samples !== undefined && { samples: Number(samples) }),
    ...(temperature !== undefined && { temperature: Number(temperature) }),
    ...(maxTokens !== undefined && { max_response_tokens: Number(maxTokens) }),
  };
  return {
    ...(model.startsWith('ckpt_') ? { checkpoint: model } : { model }),
    dataset,
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
  };
}

function evaluationLines({ id, status, model, dataset, aggregates }: Evaluation): string[] {
  if (!aggregates) return [`${id}  ${status}`];
  const { exact_match: right, reward, format_valid: valid, tool_calls: calls } = aggregates;
  const share = (mean: typeof right) => percentage(mean.mean, mean.standard_error, 100, '%');
  return [
    `${id}  ${status}`,
    `  model       ${model}`,
    `  dataset     ${dataset}, ${count(aggregates.num_questions)} questions`,
    `  right       ${share(right)}`,
    `  reward      ${percentage(reward.mean, reward.standard_error, 1, '')}`,
    `  format      ${share(valid)} valid`,
    `  tool calls  ${percentage(calls.mean, calls.standard_error, 1, '')} per answer`,
    ...Object.entries(aggregates.pass_at_k).map(([k, value]) => `  ${`pass@${k}`.padEnd(12)}${percent(value)}`),
  ];
}

function percentage(mean: number | null, error: number | null, scale: number, unit: string): string {
  if (mean === null) return '–';
  const digits = scale === 100 ? 1 : 2;
  return `${(scale * mean).toFixed(digits)}${unit}${error === null ? '' : ` ± ${(scale * error).toFixed(digits)}`}`;
}

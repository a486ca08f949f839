/** The part of docs/methods.md that is written from results. What stands around it is written by hand, before the first training. Pure. */
import type { Schemas } from 'bough/client';
import { clock, count, percent } from '../../cli/terminal/figures.js';
import { markdownTable, withResults } from '../study/written-page.js';
import { protocol } from './protocol.js';
import { gainOf, type Results, type Training } from './results.js';
import { trainingNames, type TrainingName } from './trainings.js';

type Named = readonly [TrainingName, Training];

/** @throws {Error} when the page has no place for results */
export function withFound(page: string, results: Results): string {
  const trained = trainingNames.flatMap((name): Named[] => {
    const training = results.trainings[name];
    return training ? [[name, training]] : [];
  });
  return withResults(
    page,
    'npm run study:methods',
    [verdict(trained, results), figures(trained, results), defaults(trained), provenance(trained, results)].join(
      '\n\n',
    ),
  );
}

function verdict(trained: readonly Named[], { cold_start: before }: Results): string {
  const learnt = trained.filter(([, training]) => gainOf(before, training).isLearnt);
  const others = trained.filter((one) => !learnt.includes(one)).map(([name]) => `\`${name}\``);
  const missing = trainingNames.length - trained.length;
  return [
    `**${learnt.length} of ${trained.length} learn.**`,
    ...(others.length > 0 ? [`Not shown to: ${others.join(', ')}.`] : []),
    ...(missing > 0 ? [`${missing} of ${trainingNames.length} have not been trained yet.`] : []),
    `After the cold start ${shareOf(before)} of the sampled answers are right.`,
  ].join(' ');
}

function figures(trained: readonly Named[], { cold_start: before }: Results): string {
  const rows = trained.map(([name, training]) => {
    const { value, standard_error: error, isLearnt } = gainOf(before, training);
    return [
      `\`${name}\``,
      shareOf(training),
      `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)}`,
      (100 * error).toFixed(1),
      isLearnt ? 'yes' : 'no',
      count(training.tool_calls),
      count(training.sampled_tokens),
      count(training.trained_tokens),
      clock(training.seconds.training),
    ];
  });
  const heads = ['training', 'right afterwards', 'gain, points', 'its standard error', 'learns', 'tool calls'];
  return markdownTable([...heads, 'tokens sampled', 'tokens trained on', 'time'], rows);
}

/** As the service filled them in. */
function defaults(trained: readonly Named[]): string {
  const rows = trained.map(([name, { spec }]) => [`\`${name}\``, ...defaultsOf(spec)]);
  const table = markdownTable(['training', 'advantage', 'clip', 'loss', 'beside that'], rows);
  return `What they were trained with, as the service filled it in (\`spec\` of each run, whole in [results.json](methods/results.json)):\n\n${table}`;
}

function defaultsOf(spec: Schemas['Run']['spec']): string[] {
  if (spec.method === 'dpo') {
    const { beta, rpo_alpha: alpha } = spec.training;
    const loss = `-log σ(β margin)${alpha > 0 ? ` - ${alpha} × mean log π(chosen)` : ''}`;
    return ['', '', loss, `β ${beta}, ${protocol.pairsPerStep} pairs an update`];
  }
  if (spec.method === 'sft') return ['', '', '', ''];
  const { advantage, training, rollout } = spec;
  const { clip_low: low, clip_high: high, dual_clip: dual } = training;
  const beside = [
    ...(rollout.starts === 'entropy'
      ? ['starts by entropy']
      : rollout.initial < rollout.group_size
        ? [`${rollout.initial} of ${rollout.group_size} from the prompt`]
        : []),
    ...(advantage.zero_variance === 'keep' ? [] : [`groups without spread: ${advantage.zero_variance}`]),
    ...(advantage.overlong_tokens === null ? [] : [`overlong penalty over ${advantage.overlong_tokens} tokens`]),
    ...(advantage.step_weight === null
      ? []
      : [`step weight ${advantage.step_weight}, discount ${advantage.step_discount}`]),
    ...(advantage.entropy_weight === 0 ? [] : [`entropy weight ${advantage.entropy_weight}`]),
  ];
  return [
    `\`${advantage.estimator}\``,
    `−${low} / +${high}${dual === null ? '' : `, dual ${dual}`}`,
    `\`${training.loss_aggregation}\``,
    beside.join('; '),
  ];
}

function provenance(trained: readonly Named[], { machine, cold_start: start }: Results): string {
  const found = [start, ...trained.map(([, training]) => training)];
  const commits = [...new Set(found.map(({ commit }) => commit))].join(', ');
  const minutes = found.reduce((sum, { seconds }) => sum + seconds.training + seconds.evaluation, 0) / 60;
  const { cpu, cores, memory_gib, system } = machine;
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}; commit ${commits}; ${minutes.toFixed(0)} minutes of training and evaluation.`;
}

function shareOf({
  exact_match: mean,
  standard_error: error,
}: {
  exact_match: number;
  standard_error: number;
}): string {
  return `${percent(mean)} ± ${(100 * error).toFixed(1)}`;
}

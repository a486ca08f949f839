/**
 * The model card of a checkpoint: README.md with the front matter of Hugging Face's hub, written from the resolved specification, so that it says what was
 * done and not what was meant. Holds no times and no paths: the same run gives the same card.
 */
import type { TrainJob } from '../../protocol/messages.js';
import { arxivUrl } from '../../spec/methods/method.js';
import { isSupervised, methodOf, type ResolvedRunSpec } from '../../spec/run-spec.js';

export interface CardProgress {
  /** Steps finished. */
  step: number;
  /** Steps that the run was to make. */
  steps: number;
  /** Of the last step. */
  metrics: Readonly<Record<string, number>>;
}

/** What depends on the machine and its load. */
const isMeasuredTime = (metric: string) =>
  metric.startsWith('time/') || metric.startsWith('memory/') || metric.includes('latency');

export function checkpointCard({ run_id, spec, provenance }: TrainJob, { step, steps, metrics }: CardProgress): string {
  const { model, base_model, dataset, service_version } = provenance;
  const base = base_model ?? model;
  const { title, arxiv } = methodOf(spec);
  const method = arxiv === null ? title : title.replace(/^[^,]+/, `[$&](${arxivUrl(arxiv)})`);
  const reinforcement = isSupervised(spec) ? [] : ['reinforcement-learning'];
  const sections = [
    frontMatter(base_model, [...new Set(['bough', spec.method, ...reinforcement])]),
    `# ${inline(spec.name ?? run_id)}, step ${step}\n`,
    `Trained from ${inline(base)} with ${method}, by Bough ${service_version}.\n`,
    table([
      ['method', spec.method],
      ['base model', base === model ? `${model} (\`${spec.model}\`)` : `${base} (as \`${spec.model}\`, ${model})`],
      ['dataset', `${dataset.name} (\`${spec.dataset}\`, sha256 \`${dataset.sha256}\`)`],
      ['steps', `${step} of ${steps}`],
      ...hyperParameters(spec),
      ['run', `\`${run_id}\``],
      ['service', `Bough ${service_version}`],
    ]),
    ...(spec.prompt.system === null ? [] : [`## System message\n\n${indented(spec.prompt.system)}`]),
    ...metricSection(metrics),
  ];
  return sections.join('\n');
}

/** A JSON string is a YAML string. */
function frontMatter(baseModel: string | null, tags: readonly string[]): string {
  return [
    '---',
    ...(baseModel === null ? [] : [`base_model: ${JSON.stringify(baseModel)}`]),
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags:',
    ...tags.map((tag) => `  - ${tag}`),
    '---\n',
  ].join('\n');
}

/** One row for each part of the specification that shapes the weights. */
function hyperParameters(spec: ResolvedRunSpec): [string, string][] {
  const fields = (part: object) =>
    Object.entries(part)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ');
  const { optimizer, training, seed } = spec;
  const shared: [string, string][] = [
    ['training', fields(training)],
    ['optimizer', fields(optimizer)],
    ['seed', String(seed)],
  ];
  if (isSupervised(spec)) return shared;
  const tools = spec.tools.map(({ type, ...settings }) => `${type} (${fields(settings)})`);
  return [
    ['rollout', fields(spec.rollout)],
    ['advantage', fields(spec.advantage)],
    ['tools', tools.join('; ') || 'none'],
    ['reward', spec.reward ? fields(spec.reward) : 'of the agent'],
    ...shared,
  ];
}

function metricSection(metrics: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(metrics)
    .filter(([name]) => !isMeasuredTime(name))
    .map(([name, value]): [string, string] => [name, String(Number(value.toPrecision(5)))]);
  return rows.length === 0 ? [] : [`## Metrics of the last step\n\n${table(rows)}`];
}

function table(rows: readonly (readonly [string, string])[]): string {
  return ['| | |', '|---|---|', ...rows.map((cells) => `| ${cells.map(inline).join(' | ')} |`), ''].join('\n');
}

/** On one line and in one cell, whatever a user has called it. */
function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', String.raw`\|`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ') + '\n';
}

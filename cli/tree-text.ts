/** A rollout tree as text: what goes on is below, what forks is to the right. Pure. */
import type { Schemas } from '../openapi/client.js';
import { safeText } from './terminal/safe-text.js';

export type Tree = Schemas['Tree'];
type Segment = Tree['segments'][number];
export type Score = Pick<Schemas['TrajectorySummary'], 'id' | 'index' | 'reward' | 'reward_status' | 'answer'>;

/** Colours text; the identity where there are none. */
export type Paint = (text: string, colour: 'green' | 'red' | 'yellow' | 'dim') => string;

const MAX_CHARACTERS = 70;

/** @param scores of the tree's trajectories */
export function treeLines(
  tree: Pick<Tree, 'segments' | 'trajectories'>,
  scores: readonly Score[],
  paint: Paint,
): string[] {
  const children = new Map<string | null, Segment[]>();
  for (const segment of tree.segments) {
    children.set(segment.parent_id, [...(children.get(segment.parent_id) ?? []), segment]);
  }
  const ends = new Map(tree.trajectories.map(({ id, segment_ids: ids }) => [ids.at(-1), id]));
  const byId = new Map(scores.map((score) => [score.id, score]));
  const lines: string[] = [];
  // A stack: a tree may be deeper than calls may be.
  const waiting = (children.get(null) ?? []).map((segment) => ({ segment, indent: '', mark: '' }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { segment, indent, mark } = next;
    lines.push(`${indent}${mark}${segmentLine(segment, paint)}${decision(segment, paint)}`);
    const inner = `${indent}${mark === '├─ ' ? '│  ' : mark === '└─ ' ? '   ' : ''}`;
    const end = ends.get(segment.id);
    if (end !== undefined) lines.push(`${inner}${scoreLine(byId.get(end), paint)}`);
    const own = (children.get(segment.id) ?? []).toSorted(
      (a, b) => Number(a.forked) - Number(b.forked) || a.index - b.index,
    );
    for (const [i, child] of [...own.entries()].toReversed()) {
      const childMark = own.length === 1 ? '' : i === own.length - 1 ? '└─ ' : '├─ ';
      waiting.push({ segment: child, indent: inner, mark: childMark });
    }
  }
  return lines;
}

/** A trajectory from the prompt to its end, whole. */
export function trajectoryLines({ segments, ...score }: Schemas['Trajectory'], paint: Paint): string[] {
  return [
    ...segments.flatMap(({ kind, text, tool }) => {
      const head =
        kind === 'tool'
          ? `${tool?.name ?? 'tool'}, ${tool?.outcome ?? ''}, ${tool?.latency_ms.toFixed(1) ?? '?'} ms`
          : kind;
      return [paint(`── ${head}`, 'dim'), ...safeText(text).split('\n')];
    }),
    '',
    scoreLine(score, paint),
    ...Object.entries(score.parts).map(([name, value]) => `  ${name.padEnd(16)}${value}`),
    ...(score.flags.length > 0 ? [`  ${'why'.padEnd(16)}${score.flags.join(', ')}`] : []),
    `  ${'advantage'.padEnd(16)}${score.advantage ?? 'none'}`,
    `  ${'ended by'.padEnd(16)}${score.finish_reason}`,
  ];
}

function segmentLine({ kind, text, tool }: Segment, paint: Paint): string {
  if (kind === 'tool' && tool) {
    const answer =
      tool.outcome === 'ok' ? shortened(tool.text) : paint(`${tool.outcome}: ${shortened(tool.text)}`, 'red');
    return `${paint(tool.name, 'yellow')} "${shortened(tool.input)}" → ${answer}`;
  }
  return kind === 'prompt' ? paint(shortened(text), 'dim') : shortened(text);
}

/** What was decided at the tool result before this segment. */
function decision(
  { forks, forked, delta_entropy: change, branch_probability: probability }: Segment,
  paint: Paint,
): string {
  if (forked) return paint('  (fork)', 'green');
  if (!forks) return '';
  const outcome = forks.granted > 0 ? 'forked' : forks.wanted > 0 ? 'no slot' : 'not forked';
  return paint(`  (ΔH ${signed(change)}, P ${probability?.toFixed(2) ?? '?'}: ${outcome})`, 'dim');
}

function scoreLine(score: Score | undefined, paint: Paint): string {
  if (!score) return '=';
  const { index, reward, reward_status: status, answer } = score;
  const said = answer === null ? '' : `  ${shortened(answer)}`;
  if (status !== 'scored' || reward === null) return `= ${index + 1}: ${paint(status, 'red')}${said}`;
  return `= ${index + 1}: ${paint(`reward ${Number(reward.toFixed(3))}`, reward > 0 ? 'green' : 'red')}${said}`;
}

const signed = (value: number | null) => (value === null ? '?' : `${value < 0 ? '' : '+'}${value.toFixed(2)}`);

/** On one line, and not too long. */
function shortened(text: string): string {
  const line = safeText(text).replace(/\s+/g, ' ').trim();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1)}…`;
}

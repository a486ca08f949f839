/** A tree from left to right, and at the right where each trajectory ends. */
import { useMemo } from 'react';
import type { TrajectorySummary, Tree } from '../../api/rollouts.ts';
import { change, figure } from '../../format/figures.ts';
import { safeText } from '../../ui/safe-text.ts';
import { useWidth } from '../../ui/width.ts';
import { background, segmentTint, type Colouring } from './colouring.ts';
import { layOutTree, type PlacedSegment } from './layout.ts';

export interface TreePictureProps {
  readonly tree: Tree;
  readonly colouring: Colouring;
  /** Segments of the chosen trajectory. */
  readonly path: readonly string[];
  readonly chosen: string | undefined;
  readonly scores: ReadonlyMap<string, TrajectorySummary>;
  readonly onChoose: (trajectory: string) => void;
}

/** Narrower than this, it is scrolled. */
const MIN_WIDTH = 560;
const ROW = 40;
const BAR = 22;
const top = (row: number) => row * ROW + (ROW - BAR) / 2;

export function TreePicture({ tree, colouring, path, chosen, scores, onChoose }: TreePictureProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const layout = useMemo(() => layOutTree(tree, Math.max(width - 4, MIN_WIDTH)), [tree, width]);
  const height = layout.rows.length * ROW;
  return (
    <div className="tree">
      {/* What is in the picture is said by the buttons at its side and by the transcript. */}
      <div ref={frame} className="tree-scroll" aria-hidden="true">
        <svg width={layout.width + 2} height={height} viewBox={`-1 0 ${layout.width + 2} ${height}`}>
          {layout.segments.map((one) => (
            <Connector key={one.segment.id} placed={one} isOnPath={path.includes(one.segment.id)} />
          ))}
          {layout.segments.map((one) => (
            <Bar
              key={one.segment.id}
              placed={one}
              colouring={colouring}
              isOnPath={path.includes(one.segment.id)}
              onChoose={() => {
                const trajectory = layout.rows[one.row]?.trajectory;
                if (trajectory !== undefined) onChoose(trajectory);
              }}
            />
          ))}
          {layout.segments.map((one) => (
            <Fork key={one.segment.id} placed={one} />
          ))}
        </svg>
      </div>
      <ol className="leaves">
        {layout.rows.map(({ trajectory }) => (
          <li key={trajectory}>
            <Leaf
              score={scores.get(trajectory)}
              isChosen={trajectory === chosen}
              onChoose={() => onChoose(trajectory)}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Connector({ placed: { from, x, row }, isOnPath }: { placed: PlacedSegment; isOnPath: boolean }) {
  const middle = top(row) + BAR / 2;
  const style = `connector ${isOnPath ? 'connector-on' : ''}`;
  if (!from) return x === 0 ? null : <path className={style} d={`M${x - 16} ${middle}H${x}`} />;
  const start = top(from.row) + BAR / 2;
  const turn = from.x + 7;
  return <path className={style} d={`M${from.x} ${start}H${turn}V${middle - 6}q0 6 6 6H${x}`} />;
}

interface BarProps {
  readonly placed: PlacedSegment;
  readonly colouring: Colouring;
  readonly isOnPath: boolean;
  readonly onChoose: () => void;
}

function Bar({ placed: { segment, x, row, width }, colouring, isOnPath, onChoose }: BarProps) {
  const { kind, tool } = segment;
  const isBroken = tool?.outcome === 'infra_error';
  const label = kind === 'tool' ? (tool?.name ?? 'result') : kind === 'prompt' ? 'prompt' : '';
  const tint = background(segmentTint(segment, colouring));
  return (
    // The same is done by the buttons at the side.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <g className={`bar bar-${kind} ${isBroken ? 'bar-broken' : ''} ${isOnPath ? 'bar-on' : ''}`} onClick={onChoose}>
      <title>{said(segment)}</title>
      <rect className="bar-ground" x={x} y={top(row)} width={width} height={BAR} rx="5" />
      {tint !== undefined && (
        <rect className="bar-tint" x={x} y={top(row)} width={width} height={BAR} rx="5" style={{ fill: tint }} />
      )}
      <rect className="bar-edge" x={x} y={top(row)} width={width} height={BAR} rx="5" />
      {label !== '' && (
        <text x={x + width / 2} y={top(row) + BAR / 2 + 4}>
          {fitting(safeText(label), width)}
        </text>
      )}
    </g>
  );
}

/** About as many characters as have room. */
function fitting(label: string, width: number): string {
  const room = Math.floor((width - 8) / 6.2);
  return label.length <= room ? label : `${label.slice(0, Math.max(1, room - 1))}…`;
}

const MAX_TITLE = 240;

function said({ kind, text, num_tokens: tokens, tool }: PlacedSegment['segment']): string {
  const what = kind === 'tool' ? `${tool?.name ?? 'tool'}, ${tool?.outcome ?? ''}` : kind;
  return safeText(`${what} · ${tokens} tokens\n${text.slice(0, MAX_TITLE)}`);
}

/** At the beginning of the segment after a tool result: what was decided there. */
function Fork({ placed: { segment, x, row } }: { placed: PlacedSegment }) {
  const { forks, branch_probability: probability, delta_entropy: delta } = segment;
  if (!forks) return null;
  const [cx, cy] = [x - 8, top(row) + BAR / 2];
  const words = [
    forks.granted > 0
      ? `${forks.granted} forked here`
      : forks.wanted > 0
        ? 'no slot was left'
        : 'the draw gave no fork',
    `P ${figure(probability)}, ΔH ${change(delta)}`,
  ];
  return (
    <g>
      <title>{words.join('\n')}</title>
      {probability !== null && (
        <text className="fork-p" x={cx} y={top(row) - 2}>
          {probability.toFixed(2)}
        </text>
      )}
      {forks.granted > 0 ? (
        <circle className="fork fork-taken" cx={cx} cy={cy} r="4" />
      ) : forks.wanted > 0 ? (
        <path className="fork fork-full" d={`M${cx - 3.5} ${cy - 3.5}l7 7m0-7l-7 7`} />
      ) : (
        <circle className="fork fork-drawn" cx={cx} cy={cy} r="4" />
      )}
    </g>
  );
}

interface LeafProps {
  readonly score: TrajectorySummary | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Leaf({ score, isChosen, onChoose }: LeafProps) {
  const isScored = score?.reward_status === 'scored';
  const tone = !isScored
    ? 'off'
    : (score.advantage ?? 0) > 1e-9
      ? 'good'
      : (score.advantage ?? 0) < -1e-9
        ? 'bad'
        : 'off';
  return (
    <button type="button" className={`leaf leaf-${tone}`} aria-pressed={isChosen} onClick={onChoose}>
      <span className="leaf-number">{score ? score.index + 1 : ''}</span>
      <span className="leaf-reward">{isScored ? figure(score.reward) : (score?.reward_status ?? '')}</span>
      <span className="leaf-answer">{safeText(score?.answer?.slice(0, 60) ?? '')}</span>
    </button>
  );
}

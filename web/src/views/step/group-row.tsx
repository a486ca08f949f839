/** A group: its question, its rewards on a scale, and whether anything is learnt from it. */
import { Link } from 'wouter';
import { useExample } from '../../api/rollouts.ts';
import { figure } from '../../format/figures.ts';
import { safeText } from '../../ui/safe-text.ts';
import type { Group } from './groups.ts';

export interface GroupRowProps {
  readonly group: Group;
  readonly dataset: string | undefined;
  /** The scale of the rewards, the same for all groups. */
  readonly low: number;
  readonly high: number;
}

const MAX_QUESTION = 300;

export function GroupRow({ group, dataset, low, high }: GroupRowProps) {
  const { tree, trajectories, mean, spread, infraErrors, masked, hasNoSpread } = group;
  const example = useExample(dataset, tree.example);
  const question = example.data?.['question'];
  const name = typeof question === 'string' ? question.slice(0, MAX_QUESTION) : `Example ${tree.example}`;
  const isLeftOut = hasNoSpread || infraErrors === trajectories.length;
  return (
    <li className={`group ${isLeftOut ? 'group-flat' : ''}`}>
      <div className="group-words">
        <Link href={`/trees/${tree.id}`} className="row-link">
          {safeText(name)}
        </Link>
        <span className="small faint">
          {tree.num_trajectories} trajectories, {tree.num_segments} segments
        </span>
      </div>
      <div className="group-marks">
        {hasNoSpread && (
          <span
            className="tag tag-off"
            title="All rewards are alike: every advantage is 0, and nothing is learnt from this group"
          >
            no spread
          </span>
        )}
        {infraErrors > 0 && <span className="tag tag-bad">{infraErrors} infra_error</span>}
        {masked > 0 && <span className="tag tag-off">{masked} masked</span>}
      </div>
      <Strip group={group} low={low} high={high} />
      <div className="group-figures">
        <b>{figure(mean)}</b> <span className="small faint">± {figure(spread)}</span>
      </div>
    </li>
  );
}

const WIDTH = 220;
const HEIGHT = 34;
const EDGE = 8;

/** One dot for each trajectory; those with the same reward are stacked. */
function Strip({ group, low, high }: { group: Group; low: number; high: number }) {
  const x = (reward: number) => EDGE + ((reward - low) / (high - low || 1)) * (WIDTH - 2 * EDGE);
  const stacked = new Map<number, number>();
  const dots = group.trajectories.flatMap(({ id, reward }) => {
    if (reward === null) return [];
    const at = Math.round(x(reward));
    const above = stacked.get(at) ?? 0;
    stacked.set(at, above + 1);
    return [{ id, reward, at, above }];
  });
  const tallest = Math.max(1, ...stacked.values());
  const rise = Math.min(7, (HEIGHT - 12) / tallest);
  return (
    <svg
      className="strip"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Rewards ${dots.map(({ reward }) => figure(reward)).join(', ')}`}
    >
      <line x1={EDGE} x2={WIDTH - EDGE} y1={HEIGHT - 4} y2={HEIGHT - 4} />
      <line className="strip-zero" x1={x(0)} x2={x(0)} y1={HEIGHT - 8} y2={HEIGHT} />
      {dots.map(({ id, reward, at, above }) => (
        <circle key={id} className={reward < 0 ? 'dot-low' : ''} cx={at} cy={HEIGHT - 9 - above * rise} r="3.2" />
      ))}
    </svg>
  );
}

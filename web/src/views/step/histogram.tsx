/** Bars of buttons: how many trajectories have which reward. */
import { figure } from '../../format/figures.ts';
import type { Bin } from './reward-bins.ts';

export interface HistogramProps {
  readonly bins: readonly Bin[];
  readonly chosen: number | null;
  readonly onChoose: (index: number) => void;
}

export function Histogram({ bins, chosen, onChoose }: HistogramProps) {
  const most = Math.max(...bins.map(({ trajectories }) => trajectories.length));
  return (
    <div className="histogram" role="group" aria-label="Rewards">
      {bins.map((bin, index) => {
        const { length } = bin.trajectories;
        return (
          <button
            // What is read out: 12 trajectories with reward 1.
            key={bin.low}
            type="button"
            className="bin"
            aria-pressed={index === chosen}
            disabled={length === 0}
            onClick={() => onChoose(index)}
          >
            <span className="bin-count">{length > 0 ? length : ''}</span>
            <span className="bin-space">
              <span
                className={`bin-bar ${bin.low < 0 ? 'bin-low' : ''}`}
                style={{ height: `${(length / most) * 100}%` }}
              />
            </span>
            <span className="hidden">trajectories with reward</span>
            <span className="bin-label" title={rangeOf(bin)}>
              {figure(bin.low)}
            </span>
          </button>
        );
      })}
    </div>
  );
}

export function rangeOf({ low, high }: Bin): string {
  return low === high ? figure(low) : `${figure(low)} to ${figure(high)}`;
}

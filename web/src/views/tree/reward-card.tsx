/** A trajectory's reward: its parts, and why it is what it is. */
import type { TrajectorySummary } from '../../api/rollouts.ts';
import { figure } from '../../format/figures.ts';
import { safeText } from '../../ui/safe-text.ts';

export function RewardCard({ trajectory, number }: { trajectory: TrajectorySummary | undefined; number: number }) {
  if (!trajectory) return null;
  const {
    reward,
    parts,
    flags,
    answer,
    advantage,
    format_valid: isValid,
    finish_reason: end,
    reward_status: status,
  } = trajectory;
  return (
    <dl className="reward">
      <div className="reward-sum">
        <dt>Reward of {number}</dt>
        <dd>{status === 'scored' ? figure(reward) : status}</dd>
      </div>
      {Object.keys(parts).length > 0 && (
        <div>
          <dt>made of</dt>
          <dd className="parts">
            {Object.entries(parts).map(([name, value]) => (
              <span key={name}>
                <b>{figure(value)}</b> {safeText(name)}
              </span>
            ))}
          </dd>
        </div>
      )}
      <div>
        <dt>advantage</dt>
        <dd>{advantage === null ? 'none' : figure(advantage)}</dd>
      </div>
      <div>
        <dt>format</dt>
        <dd>{isValid ? 'valid' : 'invalid'}</dd>
      </div>
      <div>
        <dt>ended by</dt>
        <dd>{end}</dd>
      </div>
      {answer !== null && (
        <div className="reward-wide">
          <dt>answer</dt>
          <dd>{safeText(answer.trim().slice(0, 400))}</dd>
        </div>
      )}
      {flags.length > 0 && (
        <div className="reward-wide">
          <dt>why</dt>
          <dd>{safeText(flags.join(', ').slice(0, 600))}</dd>
        </div>
      )}
    </dl>
  );
}

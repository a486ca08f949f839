/** How far a run has come: its steps, what it is doing, and how long that takes. */
import { isFinal, type Run } from '../../api/runs.ts';
import { count, duration, fullTime, percent } from '../../format/figures.ts';
import { useNow } from '../../ui/now.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';

/** What a trainer says it is doing, in words. Open: others are shown as they are. */
const phases: Readonly<Record<string, string>> = {
  preparing: 'preparing',
  rollout: 'sampling trajectories',
  update: 'updating the policy',
  evaluate: 'evaluating',
  checkpoint: 'writing a checkpoint',
  step: 'between two steps',
};

export function RunProgress({ run }: { run: Run }) {
  const now = useNow();
  const { step, steps, phase, fraction } = run.progress;
  const isOver = isFinal(run.status);
  const left = isOver || run.estimated_finish_at === null ? null : run.estimated_finish_at - now / 1000;
  return (
    <section className="run-head" aria-label="Progress">
      <ProgressBar share={steps === null ? null : steps === 0 ? 1 : step / steps} label="Steps" />
      <p className="run-head-words">
        <b>
          Step {count(step)}
          {steps !== null && ` of ${count(steps)}`}
        </b>
        {!isOver && phase !== null && run.status !== 'queued' && (
          <span>
            {phases[phase] ?? phase}
            {fraction !== null && fraction > 0 && phase !== 'step' && ` ${percent(fraction)}`}
          </span>
        )}
        {run.queue_position !== null && <span>{run.queue_position}. in the queue</span>}
        {left !== null && run.status === 'running' && <span>{duration(left)} left</span>}
        {run.finished_at !== null && run.started_at !== null && (
          <span>
            ended {fullTime(run.finished_at)}, after {duration(run.usage.wall_time_s)}
          </span>
        )}
      </p>
    </section>
  );
}

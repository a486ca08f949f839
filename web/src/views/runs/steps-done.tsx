/** How far a run has come, as it stands in the list. */
import { isFinal, type Run } from '../../api/runs.ts';
import { count, duration } from '../../format/figures.ts';
import { useNow } from '../../ui/now.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';

export function StepsDone({ run }: { run: Run }) {
  const now = useNow(5000);
  const { step, steps } = run.progress;
  const isUnderWay = !isFinal(run.status) && run.status !== 'paused';
  return (
    <>
      <ProgressBar
        share={steps === null ? null : steps === 0 ? 1 : step / steps}
        label={`Steps of ${run.name ?? run.id}`}
      />
      <span className="small muted">
        {count(step)}
        {steps !== null && ` of ${count(steps)}`}
        {isUnderWay && run.estimated_finish_at !== null && (
          <span className="wide-only"> · {duration(run.estimated_finish_at - now / 1000)} left</span>
        )}
        {run.queue_position !== null && ` · ${run.queue_position}. in the queue`}
      </span>
    </>
  );
}

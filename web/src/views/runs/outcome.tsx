/** The curve of what a run is to make better. */
import { useMetric, type Run } from '../../api/runs.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { figure } from '../../format/figures.ts';

export function Outcome({ run }: { run: Run }) {
  const isPolicy = 'reward' in run.spec;
  const name = isPolicy ? 'reward/mean' : 'policy/loss';
  const { data = [] } = useMetric(run, name);
  const values = data.map(({ metrics }) => metrics[name]).filter((value) => value !== undefined);
  const last = values.at(-1);
  return (
    <span className="outcome">
      <Sparkline values={values} label={`${isPolicy ? 'Reward' : 'Loss'}, ${values.length} steps`} />
      {last !== undefined && (
        <span>
          <b>{figure(last)}</b> <span className="small faint">{isPolicy ? 'reward' : 'loss'}</span>
        </span>
      )}
    </span>
  );
}

/** The metrics of a run as curves, in groups. */
import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { MetricsRow, Run } from '../../api/runs.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { panelsOf } from './panels.ts';

export function Curves({ run, rows }: { run: Run; rows: readonly MetricsRow[] }) {
  const [isWhole, setWhole] = useState(false);
  const [, go] = useLocation();
  const hasSteps = 'reward' in run.spec;
  const open = useCallback((step: number) => go(`/runs/${run.id}/steps/${step}`), [go, run.id]);
  const { steps, panels } = useMemo(() => panelsOf(rows), [rows]);
  if (rows.length === 0) {
    return <Empty title="No step has ended yet">The curves begin with the first.</Empty>;
  }
  const shown = isWhole ? panels : panels.filter(({ isMain }) => isMain);
  return (
    <>
      <div className="charts">
        {shown.map(({ title, curves }) => (
          <LineChart key={title} title={title} steps={steps} curves={curves} onStep={hasSteps ? open : undefined} />
        ))}
      </div>
      <p className="charts-foot">
        {panels.length > shown.length || isWhole ? (
          <Button onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show the main curves' : `Show ${panels.length - shown.length} more`}
          </Button>
        ) : null}
        <span className="small faint">
          {hasSteps ? 'Click a point to open its step. ' : ''}Drag to enlarge, double-click to see all again.
        </span>
      </p>
    </>
  );
}

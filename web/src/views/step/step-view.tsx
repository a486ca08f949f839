/** One step of a run: which rewards there were, and what each group of trajectories had to teach. */
import { useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useStepTrajectories, useStepTrees } from '../../api/rollouts.ts';
import { useMetrics, useRun } from '../../api/runs.ts';
import { compact, count, figure, percent } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Stat } from '../../ui/stat.tsx';
import { GroupRow } from './group-row.tsx';
import { groupsOf } from './groups.ts';
import { Histogram } from './histogram.tsx';
import { rewardBins } from './reward-bins.ts';
import { ToolTable } from './tool-table.tsx';
import { TrajectoryTable } from './trajectory-table.tsx';

export function StepView({ runId, step }: { runId: string; step: number }) {
  const [, go] = useLocation();
  const [chosen, setChosen] = useState<number | null>(null);
  const run = useRun(runId);
  const trees = useStepTrees(runId, step);
  const trajectories = useStepTrajectories(runId, step);
  const metrics = useMetrics(runId);
  const row = metrics.data?.find((one) => one.step === step);
  const groups = useMemo(() => groupsOf(trees.data ?? [], trajectories.data ?? []), [trees.data, trajectories.data]);
  const bins = useMemo(() => rewardBins(trajectories.data ?? []), [trajectories.data]);
  const error = run.error ?? trees.error ?? trajectories.error;
  if (error) return <ErrorBox error={error} />;
  const all = trajectories.data ?? [];
  const rewards = groups.flatMap((group) => group.trajectories.map(({ reward }) => reward ?? 0));
  const [low, high] = [Math.min(0, ...rewards), Math.max(1, ...rewards)];
  const last = run.data?.progress.step ?? step;
  const infra = all.filter(({ reward_status }) => reward_status === 'infra_error').length;
  const masked = all.filter(({ reward_status }) => reward_status === 'masked').length;
  const flat = groups.filter(({ hasNoSpread }) => hasNoSpread).length;
  const bin = chosen === null ? undefined : bins[chosen];
  return (
    <>
      <PageHead
        title={`Step ${step}`}
        trail={[
          ['Runs', '/runs'],
          [run.data?.name ?? runId, `/runs/${runId}`],
        ]}
        actions={
          <>
            <Button disabled={step <= 1} onClick={() => go(`/runs/${runId}/steps/${step - 1}`)}>
              ← Step {step - 1}
            </Button>
            <Button disabled={step >= last} onClick={() => go(`/runs/${runId}/steps/${step + 1}`)}>
              Step {step + 1} →
            </Button>
          </>
        }
      />
      {!trees.data || !trajectories.data ? (
        <Loading what="the step" />
      ) : all.length === 0 ? (
        <Empty title="Nothing is stored of this step">
          It has not begun, or the run made no trajectories. <Link href={`/runs/${runId}`}>Back to the run</Link>
        </Empty>
      ) : (
        <>
          <dl className="stats">
            <Stat
              label="Reward"
              value={figure(row?.metrics['reward/mean'])}
              note={`${count(all.length)} trajectories`}
            />
            <Stat
              label="Groups"
              value={count(groups.length)}
              note={flat === 0 ? 'all have a spread' : `${flat} without a spread`}
            />
            <Stat
              label="Forks"
              value={figure(row?.metrics['rollout/branches'])}
              note={`P ${figure(row?.metrics['rollout/branch_probability_mean'])} on average`}
            />
            <Stat label="Tool calls" value={figure(row?.metrics['tools/calls'])} note={saving(row?.metrics)} />
            <Stat
              label="Tokens trained on"
              value={compact(row?.metrics['tokens/trained_copied'] ?? 0)}
              note={`${compact(row?.metrics['tokens/trained_unique'] ?? 0)} computed`}
            />
          </dl>
          <div className="step-top">
            <section className="card">
              <h2>Rewards</h2>
              <Histogram bins={bins} chosen={chosen} onChoose={(index) => setChosen(index === chosen ? null : index)} />
              <p className="small muted">
                {infra + masked > 0
                  ? `Not among them: ${infra} that a tool's or a scorer's failure left without a reward, ${masked} masked.`
                  : 'Click a bar to see its trajectories.'}
              </p>
            </section>
            <section className="card">
              <h2>Tools</h2>
              <ToolTable metrics={row?.metrics ?? {}} />
            </section>
          </div>
          {bin && <TrajectoryTable bin={bin} onClose={() => setChosen(null)} />}
          <section>
            <h2>Groups</h2>
            <ol className="groups">
              {groups.map((group) => (
                <GroupRow key={group.tree.id} group={group} dataset={run.data?.dataset} low={low} high={high} />
              ))}
            </ol>
          </section>
        </>
      )}
    </>
  );
}

function saving(metrics: Readonly<Record<string, number>> = {}): string {
  const [made, alone] = [metrics['tools/calls'] ?? 0, metrics['tools/calls_linear_equivalent'] ?? 0];
  return alone > made
    ? `${percent(1 - made / alone)} fewer than the ${count(alone)} without sharing`
    : 'none were shared';
}

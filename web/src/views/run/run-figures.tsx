/** What a run is and has cost so far. */
import type { ReactNode } from 'react';
import type { Run } from '../../api/runs.ts';
import { compact, count, duration, figure, percent } from '../../format/figures.ts';
import { Stat } from '../../ui/stat.tsx';

export function RunFigures({ run }: { run: Run }) {
  const { usage, latest_metrics: latest, spec, best_checkpoint: best } = run;
  const isPolicy = 'reward' in spec;
  const saved = 1 - usage.tool_calls / usage.tool_calls_linear_equivalent;
  const shared = 1 - usage.unique_tokens / usage.trained_tokens;
  return (
    <dl className="stats">
      {isPolicy ? (
        <Stat
          label="Reward"
          value={figure(latest['reward/mean'])}
          note={`± ${figure(latest['reward/std'])} between trajectories`}
        />
      ) : (
        <Stat label="Loss" value={figure(latest['policy/loss'])} note={run.method} />
      )}
      {best && (
        <Stat
          label="Best checkpoint"
          value={figure(best.value)}
          note={`${best.metric} after step ${count(best.step)}`}
        />
      )}
      {isPolicy && (
        <Stat
          label="Tool calls"
          value={compact(usage.tool_calls)}
          note={
            saved > 0
              ? `${percent(saved)} fewer than the ${compact(usage.tool_calls_linear_equivalent)} without sharing`
              : 'no calls were shared'
          }
        />
      )}
      {isPolicy && (
        <Stat
          label="Tokens sampled"
          value={compact(usage.sampled_tokens)}
          note={`${compact(usage.prompt_tokens)} of prompts read`}
        />
      )}
      <Stat
        label="Tokens trained on"
        value={compact(usage.trained_tokens)}
        note={shared > 0.001 ? `${percent(shared)} shared: ${compact(usage.unique_tokens)} computed` : undefined}
      />
      <Stat label="Time" value={duration(usage.wall_time_s)} note={perStep(run)} />
    </dl>
  );
}

function perStep({ usage, progress }: Run): ReactNode {
  if (progress.step === 0) return undefined;
  return `${figure(usage.wall_time_s / progress.step)} s per step of ${count(progress.step)}`;
}

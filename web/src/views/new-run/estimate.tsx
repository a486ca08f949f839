/** What a preview has found: what the run would take, and what it rests on. */
import type { RunPreview } from '../../api/new-run.ts';
import { bytes, compact, count, duration, figure, percent } from '../../format/figures.ts';
import { LongText } from '../../ui/long-text.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { safeText } from '../../ui/safe-text.ts';

export function Estimate({ preview }: { preview: RunPreview }) {
  const { status, estimate, error, warnings, prompts, tokens, problems, waiting_for: waitingFor } = preview;
  return (
    <section className="card estimate" aria-live="polite">
      <h2>What it would take</h2>
      {warnings.map((warning) => (
        <Notice key={warning} level="warn">
          {safeText(warning)}
        </Notice>
      ))}
      {waitingFor && <Notice level="warn">{safeText(waitingFor)}</Notice>}
      {error && (
        <Notice level="error">
          <b>{error.code}</b> {safeText(error.message)}
        </Notice>
      )}
      {problems.length > 0 && <p className="muted">Nothing is measured while something is wrong.</p>}
      {status === 'processing' && (
        <>
          <ProgressBar share={null} label="Carrying out the first steps" />
          <p className="muted">A worker carries out the first steps with the real model, tools and rewards.</p>
        </>
      )}
      {estimate && (
        <>
          <dl className="pairs">
            <dt>Time</dt>
            <dd>
              <b>{duration(estimate.time.total_s)}</b>
              {estimate.time.longest_s !== null && (
                <span className="muted">, at most {duration(estimate.time.longest_s)}</span>
              )}
            </dd>
            <dt>Memory</dt>
            <dd>
              <b>{bytes(estimate.memory.peak_bytes)}</b>
              <span className="muted">
                , at most {bytes(estimate.memory.most_bytes)} of {bytes(estimate.memory.available_bytes)}
              </span>
            </dd>
            {tokens && (
              <>
                <dt>Prompts</dt>
                <dd>
                  {figure(tokens.prompt.mean)} tokens{' '}
                  <span className="muted">on average, up to {count(tokens.prompt.max)}</span>
                </dd>
              </>
            )}
            {estimate.measured.response_tokens && (
              <>
                <dt>Responses</dt>
                <dd>{figure(estimate.measured.response_tokens.mean)} tokens</dd>
              </>
            )}
            <dt>Measured</dt>
            <dd>
              {count(estimate.measured.trajectories)} trajectories, {compact(estimate.measured.sampled_tokens)} tokens,{' '}
              {count(estimate.measured.tool_calls)} calls
              {estimate.measured.groups_learnt !== null &&
                `; ${percent(estimate.measured.groups_learnt)} of the groups have a spread`}
            </dd>
          </dl>
          <ul className="small muted">
            {estimate.assumptions.map((assumption) => (
              <li key={assumption}>{assumption}</li>
            ))}
          </ul>
        </>
      )}
      {prompts?.[0] && (
        <details>
          <summary>The first prompt as the model reads it</summary>
          <LongText text={prompts[0].text} />
        </details>
      )}
    </section>
  );
}

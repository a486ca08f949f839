/** The rollout tree of a prompt, and the trajectory that is chosen in it, alone or beside another. */
import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useExample, useStepTrajectories, useTree, type TrajectorySummary } from '../../api/rollouts.ts';
import { useRun } from '../../api/runs.ts';
import { useTokenizer } from '../../api/tokenizer.ts';
import { count } from '../../format/figures.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { COLOURINGS, meanings, type Colouring } from './colouring.ts';
import { forksOf } from './forks.ts';
import { Legend } from './legend.tsx';
import { RewardCard } from './reward-card.tsx';
import { splitter } from './split-text.ts';
import { Transcript } from './transcript.tsx';
import { TreePicture } from './tree-picture.tsx';

export function TreeView({ id, chosen }: { id: string; chosen?: string }) {
  const [, go] = useLocation();
  const [colouring, setColouring] = useState<Colouring>('advantage');
  const [beside, setBeside] = useState('');
  const tree = useTree(id);
  const run = useRun(tree.data?.run_id ?? '');
  const scores = useStepTrajectories(tree.data?.run_id, tree.data?.step);
  const tokenizer = useTokenizer(tree.data?.run_id);
  const split = useMemo(() => tokenizer && splitter(tokenizer), [tokenizer]);
  const example = useExample(run.data?.dataset, tree.data?.example);
  const byId = useMemo(
    () => new Map<string, TrajectorySummary>((scores.data ?? []).map((one) => [one.id, one])),
    [scores.data],
  );
  const choose = useCallback((trajectory: string) => go(`/trees/${id}/${trajectory}`, { replace: true }), [go, id]);
  if (tree.error) return <ErrorBox error={tree.error} onRetry={() => void tree.refetch()} />;
  if (!tree.data) return <Loading what="the tree" />;
  const { segments, trajectories, run_id: runId, step, index } = tree.data;
  const shown = trajectories.find((one) => one.id === chosen) ?? trajectories[0];
  const sibling = trajectories.find((one) => one.id === beside && one.id !== shown?.id);
  const segmentsOf = (path: readonly string[]) => segments.filter((segment) => path.includes(segment.id));
  const forks = forksOf(segments, trajectories);
  const question = example.data?.['question'];
  return (
    <>
      <PageHead
        title={`Tree ${index + 1} of step ${step}`}
        trail={[
          ['Runs', '/runs'],
          [run.data?.name ?? runId, `/runs/${runId}`],
          [`Step ${step}`, `/runs/${runId}/steps/${step}`],
        ]}
      />
      {typeof question === 'string' && (
        <p className="question">
          <span className="question-mark">Q</span> {safeText(question.slice(0, 600))}
          <span className="question-answer">{expected(example.data?.['references'])}</span>
        </p>
      )}
      {!tree.data.step_finished && (
        <Notice level="info">The step of this tree has not ended: nothing was learnt from it yet.</Notice>
      )}
      <section className="card tree-card">
        <header className="card-head">
          <p className="tree-sum">
            <b>{trajectories.length}</b> trajectories, <b>{forks.taken}</b> {forks.taken === 1 ? 'fork' : 'forks'}{' '}
            taken, <b>{forks.refused}</b> refused; <b>{count(forks.calls)}</b> tool calls
            {forks.callsAlone > forks.calls && <> in place of {count(forks.callsAlone)}</>}
          </p>
          <label className="inline-field">
            Colour
            <select
              className="select"
              value={colouring}
              onChange={(event) => setColouring(COLOURINGS.find((one) => one === event.target.value) ?? 'advantage')}
            >
              {COLOURINGS.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        </header>
        <TreePicture
          tree={tree.data}
          colouring={colouring}
          path={shown?.segment_ids ?? []}
          chosen={shown?.id}
          scores={byId}
          onChoose={choose}
        />
        <Legend colouring={meanings[colouring]} />
      </section>
      {shown && (
        <section className="trajectory">
          <header className="trajectory-head">
            <h2>
              Trajectory {shown.index + 1} of {trajectories.length}
            </h2>
            {trajectories.length > 1 && (
              <label className="inline-field">
                Beside it
                <select
                  className="select"
                  value={sibling?.id ?? ''}
                  onChange={(event) => setBeside(event.target.value)}
                >
                  <option value="">none</option>
                  {trajectories
                    .filter((one) => one.id !== shown.id)
                    .map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.index + 1}
                      </option>
                    ))}
                </select>
              </label>
            )}
          </header>
          <div className={sibling ? 'transcripts transcripts-two' : 'transcripts'}>
            {[shown, ...(sibling ? [sibling] : [])].map((one) => {
              const other = one === shown ? sibling : shown;
              return (
                <div key={one.id} className="transcript-column">
                  <RewardCard trajectory={byId.get(one.id)} number={one.index + 1} />
                  <Transcript
                    segments={segmentsOf(one.segment_ids)}
                    others={other && segmentsOf(other.segment_ids)}
                    colouring={colouring}
                    split={split}
                  />
                </div>
              );
            })}
          </div>
          {!split && (
            <p className="small faint">
              Token by token it is coloured once the run has written a checkpoint, which has the tokenizer.
            </p>
          )}
        </section>
      )}
    </>
  );
}

function expected(references: unknown): string {
  const texts = Array.isArray(references) ? references.filter((one) => typeof one === 'string') : [];
  return texts.length === 0 ? '' : `expected: ${safeText(texts.join(' or ').slice(0, 200))}`;
}

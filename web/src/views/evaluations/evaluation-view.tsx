/** An evaluation: how good the answers are, and each of them. */
import { useState } from 'react';
import {
  isOver,
  useCancelEvaluation,
  useEvaluation,
  useEvaluationItems,
  type EvaluationItem,
} from '../../api/evaluations.ts';
import { compact, count, duration, figure } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ErrorBox, messageOf } from '../../ui/error-box.tsx';
import { JsonDocument } from '../../ui/json-document.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Reference } from '../../ui/reference.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Stat } from '../../ui/stat.tsx';
import { Status } from '../../ui/status.tsx';
import { Toggles } from '../../ui/toggles.tsx';
import { Answer } from './answer.tsx';
import { Mean } from './mean.tsx';
import { PassAtK } from './pass-at-k.tsx';

const choices = { All: null, Right: true, Wrong: false } as const;
type Choice = keyof typeof choices;

export function EvaluationView({ id }: { id: string }) {
  const { data: evaluation, error } = useEvaluation(id);
  const [choice, setChoice] = useState<Choice>('All');
  const [open, setOpen] = useState<EvaluationItem | null>(null);
  const items = useEvaluationItems(id, choices[choice], evaluation !== undefined && !isOver(evaluation));
  const cancel = useCancelEvaluation(id);
  if (error) return <ErrorBox error={error} />;
  if (!evaluation) return <Loading what="the evaluation" />;
  const { aggregates, progress, usage, spec } = evaluation;
  return (
    <>
      <PageHead
        title={`Evaluation …${id.slice(-8)}`}
        trail={[['Evaluations', '/evaluations']]}
        beside={<Status value={evaluation.status} />}
        actions={
          <>
            {cancel.error && <span className="small bad">{messageOf(cancel.error)}</span>}
            {!isOver(evaluation) && (
              <Button disabled={cancel.isPending} onClick={() => cancel.mutate()}>
                Cancel
              </Button>
            )}
          </>
        }
      />
      <p className="muted">
        <Reference id={evaluation.model} /> asked the questions of <Reference id={evaluation.dataset} />, at temperature{' '}
        {figure(spec.sampling.temperature)}
        {spec.sampling.samples > 1 && `, ${spec.sampling.samples} answers to each`}
      </p>
      {!isOver(evaluation) && (
        <div>
          <ProgressBar
            share={progress.total === null ? null : progress.done / Math.max(1, progress.total)}
            label="Answers"
          />
          <p className="small muted">
            {count(progress.done)} of {progress.total === null ? '…' : count(progress.total)} answers
          </p>
        </div>
      )}
      {evaluation.error && (
        <Notice level="error">
          <b>{evaluation.error.code}</b> {evaluation.error.message}
        </Notice>
      )}
      {evaluation.waiting_for && <Notice level="warn">{safeText(evaluation.waiting_for)}</Notice>}
      {evaluation.warnings.map((warning) => (
        <Notice key={warning} level="warn">
          {warning}
        </Notice>
      ))}
      {aggregates && (
        <dl className="stats">
          <Stat
            label="Right"
            value={<Mean of={aggregates.exact_match} isShare />}
            note={`of ${count(aggregates.num_questions)} questions`}
          />
          <Stat label="Reward" value={<Mean of={aggregates.reward} />} />
          <Stat label="Format valid" value={<Mean of={aggregates.format_valid} isShare />} />
          <Stat
            label="Tool calls per answer"
            value={<Mean of={aggregates.tool_calls} />}
            note={`${count(usage.tool_calls)} in all`}
          />
          <Stat label="Tokens sampled" value={compact(usage.sampled_tokens)} note={duration(usage.wall_time_s)} />
        </dl>
      )}
      {aggregates && aggregates.num_infra_error > 0 && (
        <Notice level="warn">
          {count(aggregates.num_infra_error)} answers could not be scored, because a tool or the scorer failed. They
          count nowhere.
        </Notice>
      )}
      {aggregates && Object.keys(aggregates.pass_at_k).length > 0 && <PassAtK values={aggregates.pass_at_k} />}
      <details className="more-about">
        <summary>Sampling, tools and grader</summary>
        <JsonDocument title="Spec" value={spec} />
      </details>
      <section className="section">
        <div className="filters">
          <h2>Answers</h2>
          <Toggles label="Answers" names={Object.keys(choices) as Choice[]} chosen={choice} onChoose={setChoice} />
        </div>
        <ListView
          what="the answers"
          list={items}
          columns={columnsOf(setOpen)}
          keyOf={(item) => item.id}
          empty={[
            'No such answer',
            isOver(evaluation) ? 'There is none of this kind.' : 'They come as they are scored.',
          ]}
        />
      </section>
      {open && <Answer item={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function columnsOf(open: (item: EvaluationItem) => void): Column<EvaluationItem>[] {
  return [
    {
      name: 'question',
      head: 'Question',
      className: 'cut cut-wide',
      cell: (item) => (
        <button type="button" className="link" onClick={() => open(item)}>
          {safeText(item.question?.slice(0, 200) ?? `Example ${item.example}`)}
          {item.sample > 0 && <span className="faint"> · {item.sample + 1}</span>}
        </button>
      ),
    },
    { name: 'answer', head: 'Answer', className: 'cut', cell: ({ answer }) => safeText(answer?.slice(0, 120) ?? '–') },
    {
      name: 'expected',
      head: 'Expected',
      isExtra: true,
      className: 'cut',
      cell: ({ references }) => safeText(references?.join(' or ').slice(0, 120) ?? '–'),
    },
    {
      name: 'right',
      head: 'Right',
      cell: ({ exact_match: right, reward_status: status }) =>
        status === 'scored' ? (
          <span className={`tag ${right === 1 ? '' : 'tag-bad'}`}>{right === 1 ? 'right' : 'wrong'}</span>
        ) : (
          <span className="tag tag-off">{status}</span>
        ),
    },
    { name: 'reward', head: 'Reward', isNumber: true, isExtra: true, cell: ({ reward }) => figure(reward) },
    { name: 'calls', head: 'Calls', isNumber: true, isExtra: true, cell: (item) => item.tool_calls },
  ];
}

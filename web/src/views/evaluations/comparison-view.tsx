/** Two evaluations of the same questions: how much better the second is, how sure that is, and which questions flipped. */
import { useState } from 'react';
import { useComparison, useEvaluation, type Comparison } from '../../api/evaluations.ts';
import { change, count, figure, tenthsOfPercent } from '../../format/figures.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Reference } from '../../ui/reference.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Stat } from '../../ui/stat.tsx';
import { Toggles } from '../../ui/toggles.tsx';

type Flipped = Comparison['flipped'][number];

const measures = { Right: 'right', Reward: 'reward', 'Exact match': 'exact_match' } as const;
type Choice = keyof typeof measures;

export function ComparisonView({ a, b }: { a: string; b: string }) {
  const [choice, setChoice] = useState<Choice>('Right');
  const { data: comparison, error } = useComparison(a, b, measures[choice]);
  return (
    <>
      <PageHead title="Two evaluations" trail={[['Evaluations', '/evaluations']]} />
      <p className="muted">
        <Side name="A" id={a} /> and <Side name="B" id={b} />, asked the same questions
      </p>
      <div className="filters">
        <Toggles label="Measure" names={Object.keys(measures) as Choice[]} chosen={choice} onChoose={setChoice} />
      </div>
      {error && <ErrorBox error={error} />}
      {!comparison && !error && <Loading what="the comparison" />}
      {comparison && !error && <Figures of={comparison} />}
    </>
  );
}

/** One of the two, by what was evaluated. */
function Side({ name, id }: { name: string; id: string }) {
  const { data: evaluation } = useEvaluation(id);
  return (
    <>
      <b>{name}</b> <Reference id={evaluation?.model ?? id} to={`/evaluations/${id}`} />
    </>
  );
}

function Figures({ of }: { of: Comparison }) {
  const { mcnemar, flipped, only_in_a: onlyInA, only_in_b: onlyInB } = of;
  const isShare = of.measure !== 'reward';
  const show = (value: number | null) => (isShare ? share(value) : figure(value));
  const showChange = (value: number | null) => (isShare ? shareChange(value) : change(value));
  const leftOut = onlyInA + onlyInB;
  return (
    <>
      {of.warnings.map((warning) => (
        <Notice key={warning} level="warn">
          {safeText(warning)}
        </Notice>
      ))}
      <dl className="stats">
        <Stat label="A" value={show(of.mean_a)} />
        <Stat label="B" value={show(of.mean_b)} />
        <Stat
          label="B less A"
          value={
            <span className="mean">
              <b>{showChange(of.difference)}</b>
              {of.standard_error !== null && (
                <span className="small faint"> ± {show(of.standard_error).replace('%', '')}</span>
              )}
            </span>
          }
          note={
            of.confidence_interval &&
            `95%: ${showChange(of.confidence_interval[0] ?? null)} to ${showChange(of.confidence_interval[1] ?? null)}`
          }
        />
        <Stat
          label="Right in one alone"
          value={`${count(mcnemar.only_a)} A, ${count(mcnemar.only_b)} B`}
          note={`McNemar’s test: p = ${mcnemar.p_value.toFixed(3)}`}
        />
        <Stat
          label="Questions"
          value={count(of.questions)}
          note={leftOut > 0 ? `scored in one alone, and left out: ${count(leftOut)}` : 'with a scored answer in both'}
        />
      </dl>
      <section className="section">
        <h2>Questions that flipped</h2>
        {flipped.length === 0 ? (
          <Empty title="None flipped">Each question is right in both, or wrong in both.</Empty>
        ) : (
          <DataTable columns={columns} items={flipped} keyOf={({ example }) => example} />
        )}
        {flipped.length < mcnemar.only_a + mcnemar.only_b && (
          <p className="small muted">The first {count(flipped.length)} are shown.</p>
        )}
      </section>
    </>
  );
}

const columns: readonly Column<Flipped>[] = [
  {
    name: 'question',
    head: 'Question',
    className: 'cut cut-wide',
    cell: ({ question, example }) => safeText(question?.slice(0, 200) ?? `Example ${example}`),
  },
  { name: 'a', head: 'A', cell: ({ a }) => <Rightness of={a} /> },
  { name: 'b', head: 'B', cell: ({ b }) => <Rightness of={b} /> },
];

/** Of several answers to a question, how many are right. */
function Rightness({ of }: { of: number }) {
  const words = of === 1 ? 'right' : of === 0 ? 'wrong' : `${share(of)} right`;
  return <span className={of >= 0.5 ? 'tag' : 'tag tag-bad'}>{words}</span>;
}

const share = (value: number | null) => (value === null ? '–' : tenthsOfPercent(value));
const shareChange = (value: number | null) =>
  `${value !== null && value > 0 ? '+' : ''}${share(value).replace('-', '−')}`;

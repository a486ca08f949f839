/** A mean and how exact it is. */
import type { Schemas } from '../../api/api.ts';
import { figure, tenthsOfPercent } from '../../format/figures.ts';

type MeanValue = Schemas['EvaluationAggregates']['reward'];

/** @param props.isShare shown as a percentage */
export function Mean({ of, isShare = false }: { of: MeanValue | undefined; isShare?: boolean }) {
  if (of?.mean === null || of?.mean === undefined) return <span className="faint">–</span>;
  const show = (value: number) => (isShare ? tenthsOfPercent(value) : figure(value));
  return (
    <span className="mean">
      <b>{show(of.mean)}</b>
      {of.standard_error !== null && <span className="small faint"> ± {show(of.standard_error).replace('%', '')}</span>}
    </span>
  );
}

/** What the tools did in a step: `tools/<name>/…` of its metrics. */
import { count, figure } from '../../format/figures.ts';

export function ToolTable({ metrics }: { metrics: Readonly<Record<string, number>> }) {
  const names = Object.keys(metrics).flatMap((name) => /^tools\/(.+)\/calls$/.exec(name)?.[1] ?? []);
  if (names.length === 0) return <p className="muted">No tool was called.</p>;
  return (
    <table className="table table-flush">
      <thead>
        <tr>
          <th scope="col">Tool</th>
          <th scope="col" className="number">
            Calls
          </th>
          <th scope="col" className="number">
            Errors
          </th>
          <th scope="col" className="number">
            Median
          </th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <td>{name}</td>
            <td className="number">{count(metrics[`tools/${name}/calls`] ?? 0)}</td>
            <td className="number">{count(metrics[`tools/${name}/errors`] ?? 0)}</td>
            <td className="number">{figure(metrics[`tools/${name}/latency_ms_p50`])} ms</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

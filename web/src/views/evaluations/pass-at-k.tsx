/** How likely one of k answers is right. */
import { tenthsOfPercent } from '../../format/figures.ts';

export function PassAtK({ values }: { values: Readonly<Record<string, number>> }) {
  return (
    <section className="card">
      <h2>pass@k</h2>
      <ul className="pass">
        {Object.entries(values).map(([k, share]) => (
          <li key={k}>
            <span className="pass-name">k = {k}</span>
            <span className="pass-track">
              <span className="pass-bar" style={{ width: `${share * 100}%` }} />
            </span>
            <b>{tenthsOfPercent(share)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

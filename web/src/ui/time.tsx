/** When something was: how long ago, and exactly where it is pointed at. */
import { ago, fullTime } from '../format/figures.ts';
import { useNow } from './now.ts';

export function Time({ at }: { at: number | null }) {
  const now = useNow(30_000);
  if (at === null) return <span className="faint">–</span>;
  return (
    <time className="muted" dateTime={new Date(at * 1000).toISOString()} title={fullTime(at)}>
      {ago(at, now)}
    </time>
  );
}

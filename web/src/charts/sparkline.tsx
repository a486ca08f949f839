/** A curve without axes, as tall as a line of text. */

const WIDTH = 96;
const HEIGHT = 24;
/** More points are not seen at this width. */
const POINTS = 96;

export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const shown = thinned(values.filter((value) => Number.isFinite(value)));
  if (shown.length < 2) return <span className="faint">–</span>;
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const x = (index: number) => 2 + (index / (shown.length - 1)) * (WIDTH - 6);
  const y = (value: number) => HEIGHT - 3 - ((value - low) / (high - low || 1)) * (HEIGHT - 6);
  const path = shown.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const last = shown.at(-1) ?? 0;
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path d={path} />
      <circle cx={x(shown.length - 1)} cy={y(last)} r="2.2" />
    </svg>
  );
}

/** Means of neighbours, so that there are at most `POINTS`. */
function thinned(values: readonly number[]): number[] {
  const size = Math.max(1, Math.ceil(values.length / POINTS));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const part = values.slice(i * size, (i + 1) * size);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** Lines in a plane as an SVG image that follows the reader's light or dark theme. Knows nothing of what they show. */

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** At most six. */
  readonly lines: readonly Line[];
  /** A dashed horizontal line. */
  readonly level?: { readonly name: string; readonly y: number };
}

const size = { width: 760, height: 440 };
const plot = { left: 64, right: 24, top: 64, bottom: 56 };
const TICKS = 5;

/** Distinct for most kinds of colour vision (Okabe and Ito 2008), a little lighter or darker where the background asks for it. */
const colours = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b5179e', '#8a6d00', '#555555'],
  dark: ['#56b4e9', '#ff8c42', '#2ecc9b', '#f08bd8', '#f0e442', '#bbbbbb'],
} as const;

export function lineChart({ title, x, y, lines, level }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  const across = niceScale(0, Math.max(1, ...points.map((point) => point.x)));
  const up = niceScale(
    Math.min(...points.map((point) => point.y), level?.y ?? Infinity),
    Math.max(...points.map((point) => point.y), level?.y ?? -Infinity),
  );
  const px = (value: number) => place(value, across, plot.left, size.width - plot.right);
  const py = (value: number) => place(value, up, size.height - plot.bottom, plot.top);
  const body = [
    text(size.width / 2, 22, title, 'middle', 'title'),
    ...across.ticks.flatMap((tick) => [
      segment(px(tick), py(up.low), px(tick), py(up.high), 'grid'),
      text(px(tick), size.height - plot.bottom + 18, tick.toLocaleString('en'), 'middle'),
    ]),
    ...up.ticks.flatMap((tick) => [
      segment(px(across.low), py(tick), px(across.high), py(tick), 'grid'),
      text(plot.left - 8, py(tick) + 4, String(tick), 'end'),
    ]),
    text((plot.left + size.width - plot.right) / 2, size.height - 14, x, 'middle'),
    `<text transform="translate(16 ${(plot.top + size.height - plot.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
    ...(level
      ? [
          segment(px(across.low), py(level.y), px(across.high), py(level.y), 'level'),
          text(px(across.high), py(level.y) - 5, level.name, 'end'),
        ]
      : []),
    ...lines.flatMap((line, i) => drawn(line, i, px, py)),
    ...lines.map(({ name }, i) => legend(name, i, lines.length)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="${escaped(title)}">
<style>${style()}</style>
<rect class="paper" width="100%" height="100%"/>
${body.join('\n')}
</svg>
`;
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** From a round number below to a round number above, in steps of 1, 2 or 5 times a power of ten. */
export function niceScale(least: number, most: number): Scale {
  const rough = (most - least || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)];
  // Without the rounding 3 times 0.1 would be written in full.
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks };
}

function place(value: number, { low, high }: Scale, from: number, to: number): number {
  return Number((from + ((value - low) / (high - low || 1)) * (to - from)).toFixed(1));
}

function drawn({ points }: Line, i: number, px: (x: number) => number, py: (y: number) => number): string[] {
  const path = points.map((point) => `${px(point.x)},${py(point.y)}`).join(' ');
  const dots = points.map((point) => `<circle class="fill${i}" cx="${px(point.x)}" cy="${py(point.y)}" r="3"/>`);
  return [`<polyline class="line${i}" points="${path}"/>`, ...dots];
}

function legend(name: string, i: number, count: number): string {
  const width = (size.width - plot.left - plot.right) / Math.min(3, count);
  const at = { x: plot.left + (i % 3) * width, y: 42 + 16 * Math.floor(i / 3) };
  return `<line class="line${i}" x1="${at.x}" y1="${at.y - 4}" x2="${at.x + 22}" y2="${at.y - 4}"/>${text(at.x + 28, at.y, name, 'start')}`;
}

function segment(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', name = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${name && ` class="${name}"`}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function style(): string {
  const of = (theme: readonly string[], paper: string, ink: string, grid: string) =>
    [
      `.paper{fill:${paper}}text{fill:${ink}}.grid{stroke:${grid}}.level{stroke:${ink}}`,
      ...theme.map((colour, i) => `.line${i}{stroke:${colour}}.fill${i}{fill:${colour}}`),
    ].join('');
  return [
    'text{font:12px system-ui,sans-serif}.title{font-weight:600;font-size:14px}',
    'polyline{fill:none}polyline,line{stroke-width:2}.grid{stroke-width:1}.level{stroke-width:1;stroke-dasharray:5 4}',
    of(colours.light, '#ffffff', '#24292f', '#e4e7eb'),
    `@media (prefers-color-scheme:dark){${of(colours.dark, '#0d1117', '#e6edf3', '#2b3138')}}`,
  ].join('');
}

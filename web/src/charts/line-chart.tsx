/** Curves over the steps of a run, drawn by uPlot. The pointers of all charts of a view move together; a click names the step. */
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { figure, scaleFigures } from '../format/figures.ts';
import { drawLater } from './draw-later.ts';

export interface Curve {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** Which of the palette's colours, from 1. */
  readonly colour: number;
  /** Only at some steps: points are joined over the gaps. */
  readonly isSparse?: boolean;
}

export interface LineChartProps {
  readonly title: string;
  readonly steps: readonly number[];
  readonly curves: readonly Curve[];
  readonly onStep?: ((step: number) => void) | undefined;
}

const HEIGHT = 172;
const pointers = uPlot.sync('steps');

export function LineChart({ title, steps, curves, onStep }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const click = useRef(onStep);
  const shown = useRef<uPlot.AlignedData>(null);
  const [at, setAt] = useState<number | null>(null);
  const names = curves.map(({ name }) => name).join('\n');
  const data = useMemo(
    () => [steps, ...curves.map(({ values }) => values)] as unknown as uPlot.AlignedData,
    [steps, curves],
  );

  useEffect(() => {
    click.current = onStep;
  });

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      const options = optionsOf(element, curves, setAt, (step) => click.current?.(step));
      plot.current = new uPlot(options, shown.current ?? data, element);
    };
    const leave = drawLater(draw);
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    sized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    addEventListener('bough:theme', draw);
    return () => {
      leave();
      sized.disconnect();
      dark.removeEventListener('change', draw);
      removeEventListener('bough:theme', draw);
      plot.current?.destroy();
      plot.current = null;
    };
    // New values are set below; only other curves need another plot.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [names]);

  useEffect(() => {
    shown.current = data;
    plot.current?.setData(data);
  }, [data]);

  const index = at ?? steps.length - 1;
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
        <span className="chart-step">{steps[index] === undefined ? '' : `step ${steps[index]}`}</span>
      </figcaption>
      <ul className="chart-legend">
        {curves.map(({ name, values, colour }) => (
          <li key={name}>
            <span className={`swatch swatch-${colour}`} /> {name} <b>{figure(lastKnown(values, index))}</b>
          </li>
        ))}
      </ul>
      <div
        ref={place}
        className={`chart-place ${onStep ? 'chart-clickable' : ''}`}
        role="img"
        aria-label={`${title}, ${steps.length} steps: ${curves.map((curve) => said(curve)).join('; ')}`}
      />
    </figure>
  );
}

/** The value at this place, or the last one before. */
function lastKnown(values: readonly (number | null)[], index: number): number | null {
  for (let i = index; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function said({ name, values }: Curve): string {
  const known = values.filter((value) => value !== null);
  return `${name} from ${figure(known[0])} to ${figure(known.at(-1))}`;
}

function optionsOf(
  element: HTMLElement,
  curves: readonly Curve[],
  point: (index: number | null) => void,
  choose: (step: number) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => resolved(element, name);
  const axis: uPlot.Axis = {
    stroke: colour('--ink-3'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 14, 0, 0],
    scales: { x: { time: false }, y: { range: (_, least, most) => verticalRange(least, most) } },
    cursor: {
      sync: { key: pointers.key, setSeries: false },
      drag: { x: true, y: false },
      points: { size: 7 },
    },
    hooks: {
      setCursor: [(plot) => point(plot.cursor.idx ?? null)],
      // uPlot itself keeps back the click that ends a drag, which enlarges a part.
      ready: [(plot) => plot.over.addEventListener('click', () => chooseAt(plot, choose))],
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 60,
        values: (_, splits) => splits.map((split) => (Number.isInteger(split) ? String(split) : '')),
      },
      { ...axis, size: 46, space: 32, values: (_, splits) => scaleFigures(splits) },
    ],
    series: [
      {},
      ...curves.map((curve): uPlot.Series => ({
        stroke: colour(`--curve-${curve.colour}`),
        width: 1.6,
        spanGaps: curve.isSparse === true,
        points: { show: curve.isSparse === true, size: 6, fill: colour('--paper') },
      })),
    ],
  };
}

/** A curve that is level is in the middle; one that is zero throughout lies at the bottom. */
function verticalRange(least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null) return [0, 1];
  if (least !== most) return uPlot.rangeNum(least, most, 0.1, true);
  return least === 0 ? [0, 1] : [least - Math.abs(least) / 2, least + Math.abs(least) / 2];
}

function chooseAt({ cursor: { idx }, data: [steps] }: uPlot, choose: (step: number) => void): void {
  const step = idx === null || idx === undefined ? undefined : steps[idx];
  if (step !== undefined) choose(step);
}

/** A colour of the theme as a canvas takes it: a value such as light-dark() is worked out only where a property uses it. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.removeProperty('color');
  return color;
}

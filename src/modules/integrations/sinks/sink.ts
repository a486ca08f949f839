/** The port of an experiment tracker: told of steps in their order, and of the end. What it is told twice counts once. */
import type { Outgoing } from '../../../outgoing/outgoing.js';
import type { ToldRun, ToldStep, ToldTrajectory } from '../../../store/run-integrations.js';

export interface SinkContext {
  readonly outgoing: Outgoing;
  /** The value of the secret that the spec names. */
  readonly secret: string | null;
  /** Ends an attempt. */
  readonly signal: AbortSignal;
  readonly run: ToldRun;
  /** Tells the sinks of one run apart. */
  readonly place: number;
  /** By what the server knows the run, as the attempt before has left it; the sink adds to it. */
  readonly external: Record<string, string>;
}

export interface Batch {
  readonly steps: readonly ToldStep[];
  readonly trajectories: readonly ToldTrajectory[];
}

export interface Sink {
  /** Tells of steps with what was sampled in them. Throws an error that says why not. */
  send(batch: Batch): Promise<void>;
  /** Tells that the run is over, after all of its steps. */
  finish(): Promise<void>;
}

/** What a run is called where the spec says nothing. */
export const runName = ({ run_name: name }: { run_name: string | null }, { id, name: own }: ToldRun): string =>
  name ?? own ?? id;

const VALUE_CHARACTERS = 500;

/** The leaves of a spec by their paths, as text. */
export function flattened(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, inner]) => flattened(inner, path === '' ? name : `${path}.${name}`));
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [[path, text.slice(0, VALUE_CHARACTERS)]];
}

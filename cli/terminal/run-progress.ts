/** A run's events, as the words of a live line. Pure: the time is that of the events. */
import type { RunEvent } from '../../openapi/client.js';
import { clock, count } from './figures.js';

/** Follows one run. */
export class RunProgress {
  private doing = 'queued';
  /** Where the time of a step is measured from; a resumed run begins anew. */
  private origin: { readonly at: number; readonly step: number } | null = null;

  constructor(private readonly name: string) {}

  /** The live line after this event. */
  read({ type, created_at: at, data }: RunEvent): string {
    if (type === 'run.preparing') this.doing = 'preparing';
    if (type === 'run.phase') this.doing = String(data['phase']);
    if (type === 'run.started' || type === 'run.resumed') this.origin = { at, step: Number(data['from_step']) };
    if (type === 'run.step') this.doing = this.step(at, data as unknown as StepData);
    return `${this.name}: ${this.doing}`;
  }

  private step(at: number, { step, steps, metrics, usage }: StepData): string {
    const parts = [`step ${count(step)} of ${count(steps)}`];
    for (const [name, word] of 'reward/mean' in metrics ? policyFigures : supervisedFigures) {
      const value = metrics[name];
      if (value !== undefined) parts.push(`${word} ${value.toFixed(2)}`);
    }
    if (usage.tool_calls > 0) parts.push(`${count(usage.tool_calls)} tool calls`);
    const { origin } = this;
    if (origin && at > origin.at)
      parts.push(`${clock(((at - origin.at) / (step - origin.step)) * (steps - step))} left`);
    return parts.join('  ');
  }
}

/** What the service puts into an event of type `run.step`. */
interface StepData {
  readonly step: number;
  readonly steps: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly usage: { readonly tool_calls: number };
}

/** The reward tells how a policy run goes; its loss does not. */
const policyFigures = [
  ['reward/mean', 'reward'],
  ['policy/entropy', 'entropy'],
] as const;
const supervisedFigures = [['policy/loss', 'loss']] as const;

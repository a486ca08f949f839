/** The study as a client of the service, in order: for each seed a cold start, and from it every arm. Uses the API alone. */
import { unwrap, type Checkpoint } from 'bough/client';
import type { Client } from '../../examples/support/client.js';
import { clock, percent } from '../../cli/terminal/figures.js';
import type { Datasets } from '../../examples/quickstart/requests.js';
import { followRun } from '../../examples/support/train.js';
import { coldStart } from '../study/cold-start.js';
import * as findOrStart from '../study/find-or-start.js';
import { heldOut, heldOutSpec } from '../study/held-out.js';
import type { StudyTask } from '../study/task.js';
import { TimeLeft } from '../study/time-left.js';
import type { Arm, ArmName } from './arms.js';
import { protocol } from './protocol.js';
import { armSpec } from './requests.js';
import type { ArmResult, Point, SeedResult } from './results.js';

export interface NamedArm extends Arm {
  readonly name: ArmName;
}

export interface Plan {
  /** Comes before the names of all parts. */
  readonly name: string;
  readonly task: StudyTask;
  readonly seeds: readonly number[];
  readonly arms: readonly NamedArm[];
  readonly commit: string;
}

/** What the arms of a seed share. */
interface Start {
  readonly seed: number;
  readonly datasets: Datasets;
  readonly coldStart: SeedResult['cold_start'];
  readonly point: Point;
}

/**
 * @param onArm gets what is known of a seed each time that an arm has finished
 * @throws {Error} when a run or an evaluation fails, or the service refuses something
 */
export async function study(client: Client, plan: Plan, onArm: (found: SeedResult) => Promise<void>): Promise<void> {
  const work = new Work(client, plan);
  for (const seed of plan.seeds) {
    const start = await work.start(seed);
    const found: SeedResult = { seed, cold_start: start.coldStart, arms: {} };
    for (const arm of plan.arms) {
      found.arms[arm.name] = await work.train(start, arm);
      await onArm(found);
    }
  }
}

class Work {
  private readonly left: TimeLeft;

  constructor(
    private readonly client: Client,
    private readonly plan: Plan,
  ) {
    const trainings = plan.arms.map(({ steps }) => steps / protocol.evaluateEvery);
    this.left = new TimeLeft({
      'cold start': plan.seeds.length,
      training: plan.seeds.length * plan.arms.length,
      evaluation: plan.seeds.length * (1 + trainings.reduce((sum, count) => sum + count, 0)),
    });
  }

  async start(seed: number): Promise<Start> {
    const { client, plan } = this;
    const { part, datasets, run, checkpoint } = await coldStart(client, (name) => this.label(name), plan.task, seed);
    this.left.finished('cold start', run.usage.wall_time_s);
    const { point, seconds } = await this.evaluate(part, datasets, checkpoint, seed);
    this.say(`${part}: exact match ${percent(point.exact_match)}`);
    const found = {
      run: run.id,
      checkpoint: checkpoint.id,
      commit: run.metadata['commit'] ?? 'unknown',
      seconds: { training: run.usage.wall_time_s, evaluation: seconds },
    };
    return { seed, datasets, coldStart: found, point: { ...point, step: 0 } };
  }

  async train({ seed, datasets, coldStart: from, point }: Start, arm: NamedArm): Promise<ArmResult> {
    const { client, plan } = this;
    const label = this.label(`seed-${seed}/${arm.name}`);
    const body = armSpec(plan.task.recipe, datasets, arm, from.checkpoint, seed);
    const id = await findOrStart.run(client, label, body);
    const { run } = await followRun(client, label.part, id);
    this.left.finished('training', run.usage.wall_time_s);
    const spent = await this.spentBy(id);
    const points = [point];
    let evaluation = 0;
    for (const checkpoint of await this.checkpointsOf(id)) {
      const { step } = checkpoint;
      if (step % protocol.evaluateEvery !== 0) continue;
      const evaluated = await this.evaluate(`${label.part}/step-${step}`, datasets, checkpoint, seed);
      evaluation += evaluated.seconds;
      points.push({ ...evaluated.point, ...spent(step) });
    }
    const last = points.at(-1)!;
    this.say(`${label.part}: exact match ${percent(last.exact_match)} after ${last.tool_calls} tool calls`);
    return {
      run: id,
      commit: run.metadata['commit'] ?? 'unknown',
      seconds: { training: run.usage.wall_time_s, evaluation },
      tool_calls_linear_equivalent: run.usage.tool_calls_linear_equivalent,
      points,
    };
  }

  /** Without calls and tokens: those of evaluations do not count. */
  private async evaluate(
    name: string,
    datasets: Datasets,
    checkpoint: Checkpoint,
    seed: number,
  ): Promise<{ point: Point; seconds: number }> {
    const { client, plan } = this;
    const part = `${name}/held-out`;
    const body = heldOutSpec(plan.task.recipe, datasets, checkpoint.id, { seed, samples: protocol.samples });
    const { seconds, ...found } = await heldOut(client, this.label(part), body);
    this.left.finished('evaluation', seconds);
    return { point: { step: checkpoint.step, tool_calls: 0, sampled_tokens: 0, ...found }, seconds };
  }

  /** What training had spent after a step. */
  private async spentBy(id: string): Promise<(step: number) => Pick<Point, 'tool_calls' | 'sampled_tokens'>> {
    const query = { names: ['tools/calls', 'tokens/sampled'], limit: 10_000 };
    const { api } = this.client.bough;
    const { data } = unwrap(await api.GET('/v1/runs/{id}/metrics', { params: { path: { id }, query } }));
    return (step) => {
      const sum = (name: string) =>
        data.filter((at) => at.step <= step).reduce((total, { metrics }) => total + (metrics[name] ?? 0), 0);
      return { tool_calls: sum('tools/calls'), sampled_tokens: sum('tokens/sampled') };
    };
  }

  /** In the order of their steps. */
  private async checkpointsOf(id: string): Promise<Checkpoint[]> {
    const { api } = this.client.bough;
    const params = { path: { id }, query: { limit: 100 } };
    const { data } = unwrap(await api.GET('/v1/runs/{id}/checkpoints', { params }));
    return data.filter(({ step }) => step > 0).sort((a, b) => a.step - b.step);
  }

  private label(part: string): findOrStart.Label {
    return { study: 'tool-calls', part: `${this.plan.name}/${part}`, commit: this.plan.commit };
  }

  private say(line: string): void {
    const { seconds } = this.left;
    const rest = seconds === null ? '' : `   ${clock(seconds)} left of the whole study, if the rest takes as long`;
    this.client.screen.say(`  ${line}${rest}`);
  }
}

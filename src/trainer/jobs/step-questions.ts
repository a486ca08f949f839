/** Which questions a step asks: the next of the dataset, but for those that a pool holds back. Moves the run on only when the step is done. */
import { ExampleOrder, type ExampleFile } from '../examples/example-file.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { ScoredTree } from '../rollout/scoring.js';
import type { PromptTask } from '../trees/prompt-task.js';
import { DifficultyPools } from './difficulty-pools.js';
import type { TrainingRun } from './training-run.js';

export class StepQuestions {
  private readonly order: ExampleOrder;
  /** null: the run keeps none. */
  private readonly pools: DifficultyPools | null;
  /** In the endless sequence of examples, of the next question. */
  private cursor = 0;
  /** Of the step's questions, by their place in it. */
  private lines: number[] = [];
  private skipped = 0;
  private wereAllPooled: boolean;

  constructor(
    private readonly run: TrainingRun<PolicyRunSpec>,
    private readonly examples: ExampleFile,
  ) {
    const { spec, progress } = run;
    const { pools, shuffle } = spec.training;
    this.order = new ExampleOrder(examples.count, spec.seed, shuffle);
    this.pools = pools && progress.pools ? new DifficultyPools(pools, spec.seed, progress.pools) : null;
    this.wereAllPooled = this.areAllPooled;
  }

  /** Begins a step where the last one that was done has ended. */
  begin(): void {
    this.cursor = this.run.progress.cursor;
    this.lines = [];
    this.skipped = 0;
  }

  /** The next questions of the step. Once it has passed over as many as the dataset has it takes what comes, so that it ends although all are held back. */
  async take(count: number): Promise<PromptTask[]> {
    const { examples } = this;
    const { renderer } = this.run.model;
    const prompts: PromptTask[] = [];
    while (prompts.length < count) {
      const line = this.order.lineAt(this.cursor);
      const pass = Math.floor(this.cursor / examples.count);
      this.cursor += 1;
      if (this.skipped < examples.count && this.pools?.holdsBack(line, pass)) {
        this.skipped += 1;
        continue;
      }
      const example = await examples.read(line);
      prompts.push({ place: this.lines.length, example: example.index, prompt: renderer.prompt(example.messages) });
      this.lines.push(line);
    }
    return prompts;
  }

  /** The step is done: what its questions have taught decides when they are asked again. */
  finish(trees: readonly ScoredTree[]): void {
    this.run.progress.cursor = this.cursor;
    for (const { tree, scores_G } of trees) {
      this.pools?.put(
        this.lines[tree.place]!,
        scores_G.flatMap(({ reward }) => reward ?? []),
      );
    }
  }

  /** pools/…: questions in each after the step, and those that the step has passed over. None where the run keeps no pools. */
  get metrics(): Record<string, number> {
    const { pools, skipped } = this;
    if (pools === null) return {};
    return {
      'pools/solved': pools.sizeOf('solved'),
      'pools/too_hard': pools.sizeOf('too_hard'),
      'pools/skipped': skipped,
    };
  }

  /** What to tell the user after a step: something once, when every question is in a pool and was not before. */
  warnings(): string[] {
    const { pools, examples, wereAllPooled } = this;
    this.wereAllPooled = this.areAllPooled;
    if (pools === null || wereAllPooled || !this.wereAllPooled) return [];
    return [
      `All ${examples.count} questions are in a pool (${pools.sizeOf('solved')} solved, ${pools.sizeOf('too_hard')} too hard): there is little left to learn ` +
        'from them. A step passes over the whole dataset at most once and then asks what comes: use other questions, or end the run',
    ];
  }

  private get areAllPooled(): boolean {
    return this.pools?.size === this.examples.count;
  }
}

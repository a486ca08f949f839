/** A tree while its trajectories are written: adds segments, remembers where it may fork, knows when it is complete. Runs no model. */
import {
  branchProbability,
  deltaEntropy,
  forksWanted,
  grantForks,
  meanEntropy,
  meanProbe,
  promptStarts,
  spreadForks,
  type BranchingRule,
  type Probe,
} from '../algorithms/branching.js';
import type { ForkDecision, Segment, ToolExchange, Tree } from '../trees/tree.js';
import type { RolloutDraws } from '../draws.js';
import type { PromptSpan, TokenSpan } from '../model/render.js';
import type { CachedPath } from './kv-cache.js';
import type { DrawnToken, History } from './history.js';
import type { ModelSegment } from './model-segment.js';
import type { RolloutSettings } from './settings.js';

/** The end of a tool result, after which a trajectory's next segment is probed. Holds all that a fork needs to start. */
export interface ForkPoint {
  trajectory: number;
  toolSegment: number;
  path: CachedPath;
  history: History;
  /** First tokens of the forks, drawn from the same distribution as the trajectory's own. */
  firstTokens: readonly DrawnToken[];
  /** The segment whose first tokens say how uncertain the policy is. */
  probed: ModelSegment;
  /** Index in the tree of the segment after the result, where the decision is recorded. */
  nextSegment: number;
}

/** What a trajectory is to its tree while its segment at `segmentIndex` is written. */
interface OpenTrajectory {
  readonly segmentIndex: number;
  readonly history: History;
  close(): ModelSegment;
}

/** Forks granted to a point. */
export interface Grant {
  point: ForkPoint;
  forks: number;
}

const empty: Omit<Segment, 'parent' | 'kind' | 'tokens' | 'text'> = {
  logprobs: null,
  entropies: null,
  forked: false,
  entropy: null,
  deltaEntropy: null,
  branchProbability: null,
  forks: null,
  tool: null,
};

export class TreeGrowth {
  readonly tree: Tree;
  /** Trajectories that have begun, and those that have not ended. */
  begun = 0;
  live = 0;
  private forkPoints: ForkPoint[] = [];
  /** Entropies of the first trajectories, while they are to say how many start at the prompt; null once that is decided. */
  private monitored: { root: Probe[]; tool: Probe[] } | null = null;

  constructor(
    place: number,
    example: number,
    prompt: PromptSpan,
    /** The prompt's keys and values, for fill-ups. */
    readonly root: CachedPath,
    /** First tokens of trajectories that start at the prompt. */
    readonly firstTokens: readonly DrawnToken[],
    private readonly settings: RolloutSettings,
    private readonly vocabSize: number,
  ) {
    if (settings.branching?.starts === 'entropy') this.monitored = { root: [], tool: [] };
    const segment: Segment = { ...empty, parent: null, kind: 'prompt', tokens: prompt.tokens, text: prompt.text };
    this.tree = { place, example, begun: prompt.begun, segments: [segment], trajectories: [] };
  }

  /** Trajectories that are still to begin. */
  get missing(): number {
    return this.settings.groupSize - this.begun;
  }

  /** Whether all that has begun has ended and nothing may fork: the rest must start afresh. Ask for `takeStarts` before. */
  get exhausted(): boolean {
    return this.live === 0 && this.forkPoints.length === 0;
  }

  get complete(): boolean {
    return this.exhausted && this.missing === 0;
  }

  /** A model segment without tokens, to be filled by `close`. Returns its index. */
  open(parent: number, forked: boolean): number {
    return this.tree.segments.push({ ...empty, parent, kind: 'model', tokens: new Int32Array(), text: '', forked }) - 1;
  }

  /** Writes a finished model segment into the tree. */
  close(trajectory: OpenTrajectory): void {
    const segment = trajectory.close();
    const probe = segment.probe(this.settings.probeTokens);
    const record = this.tree.segments[trajectory.segmentIndex]!;
    Object.assign(record, segment.arrays(), { text: segment.text, entropy: meanEntropy(probe) });
    trajectory.history.baseline ??= probe;
    this.monitored?.[record.parent === 0 ? 'root' : 'tool'].push(probe);
  }

  /** Where the first trajectories have said how many start at the prompt: how many are still to do so. 0 otherwise, and every other time. */
  takeStarts(): number {
    const { branching: rule, groupSize } = this.settings;
    if (rule === null || this.monitored === null || this.live > 0) return 0;
    const root = meanProbe(this.monitored.root)!;
    const tool = meanProbe(this.monitored.tool);
    this.monitored = null;
    const starts = promptStarts(rule, { root, tool }, { groupSize, vocabSize: this.vocabSize });
    return Math.max(0, starts - this.begun);
  }

  addToolResult(parent: number, result: Pick<TokenSpan, 'tokens' | 'text'>, tool: ToolExchange): number {
    return this.tree.segments.push({ ...empty, parent, kind: 'tool', ...result, tool }) - 1;
  }

  addForkPoint(point: ForkPoint): void {
    this.forkPoints.push(point);
  }

  /**
   * Decides on the points that are ready, records by what, and forgets them. `immediate`: those whose k tokens are there (or whose segment ended before).
   * `lock_step`: all of a round, when those of each are. `deferred`: all, once everything that has begun has ended. None while it is not known how many
   * trajectories start at the prompt.
   */
  decideForks(rule: BranchingRule, draws: RolloutDraws, decodeStep: number): Grant[] {
    const ready = this.readyPoints(rule);
    if (ready.length === 0) return [];
    this.forkPoints = this.forkPoints.filter((point) => !ready.includes(point));
    const decided = rule.branching === 'deferred' ? this.spread(ready, rule, draws) : this.draw(ready, rule, draws);
    return ready.map((point, i) => {
      this.tree.segments[point.nextSegment]!.forks = { ...decided[i]!, decodeStep };
      return { point, forks: decided[i]!.granted };
    });
  }

  private readyPoints({ branching }: BranchingRule): ForkPoint[] {
    if (this.monitored !== null) return [];
    if (branching === 'deferred') return this.live === 0 ? this.forkPoints : [];
    const ready = this.forkPoints.filter(({ probed }) => probed.closed || probed.length >= this.settings.probeTokens);
    return branching === 'lock_step' && ready.length < this.forkPoints.length ? [] : ready;
  }

  private draw(ready: readonly ForkPoint[], rule: BranchingRule, draws: RolloutDraws): Decision[] {
    const forking = new Set<number>();
    const candidates = ready.map((point) => {
      const delta = this.measure(point, rule);
      const probability = branchProbability(rule, delta, this.forksInARow(point, forking));
      this.tree.segments[point.nextSegment]!.branchProbability = probability;
      const draw = (attempt: number) => drawAt(point, this.tree, draws, attempt);
      const wanted = forksWanted(rule, probability, draw);
      if (wanted > 0) forking.add(point.toolSegment);
      return { trajectory: point.trajectory, depth: point.history.calls, delta, wanted, lot: draw(rule.branch_factor) };
    });
    const granted = grantForks(candidates, this.missing, rule.slot_order);
    return candidates.map(({ wanted }, i) => ({ wanted, granted: granted[i]! }));
  }

  /** Of the tool results on the way to a point, the nearest first: how many have forked without a gap. `forking` are about to. */
  private forksInARow({ toolSegment }: ForkPoint, forking: ReadonlySet<number>): number {
    const { segments } = this.tree;
    const hasForked = (tool: number) =>
      forking.has(tool) || segments.some(({ parent, forked }) => forked && parent === tool);
    let count = 0;
    for (let at = resultBefore(segments, toolSegment); at !== null && hasForked(at); at = resultBefore(segments, at))
      count += 1;
    return count;
  }

  private spread(ready: readonly ForkPoint[], rule: BranchingRule, draws: RolloutDraws): Decision[] {
    const candidates = ready.map((point) => ({
      trajectory: point.trajectory,
      depth: point.history.calls,
      delta: this.measure(point, rule),
      lot: drawAt(point, this.tree, draws, 0),
    }));
    return spreadForks(candidates, this.missing, rule.slot_order).map((forks) => ({ wanted: forks, granted: forks }));
  }

  private measure({ probed, nextSegment, history }: ForkPoint, { entropy_scale: scale }: BranchingRule): number {
    const delta = deltaEntropy(scale, probed.probe(this.settings.probeTokens), history.baseline!, this.vocabSize);
    this.tree.segments[nextSegment]!.deltaEntropy = delta;
    return delta;
  }
}

/** The tool result that the call of this one followed; null where it was the first. */
function resultBefore(segments: readonly Segment[], toolSegment: number): number | null {
  const result = segments[segments[toolSegment]!.parent!]!.parent!;
  return segments[result]!.kind === 'tool' ? result : null;
}

type Decision = Omit<ForkDecision, 'decodeStep'>;

function drawAt({ trajectory, history }: ForkPoint, { place }: Tree, draws: RolloutDraws, attempt: number): number {
  return draws.branch(place, trajectory, history.calls, attempt);
}

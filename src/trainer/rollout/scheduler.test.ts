import { describe, expect, test } from 'vitest';
import { hermesTemplate } from '../../../test/support/chat-templates.js';
import { FakePolicy, SlotTokens, tinyTokenizer } from '../../../test/support/fake-policy.js';
import { defaultChatTemplate } from '../../engine/io/default-chat-template.js';
import type { BranchingRule } from '../algorithms/branching.js';
import { textTool } from '../../tools/tool.js';
import { pathTo, responseParts, responseText, tokenCounts, type Tree } from '../trees/tree.js';
import { BudgetReached } from '../budget.js';
import { RolloutDraws } from '../draws.js';
import { rolloutUsage } from '../jobs/usage.js';
import { chatToolsOf } from '../model/chat-tools.js';
import { Renderer } from '../model/render.js';
import { KvCache } from './kv-cache.js';
import type { ToolAnswer } from '../link.js';
import type { SummaryRules, ToolRequest } from './context.js';
import { languageOf } from './language.js';
import { rollout } from './scheduler.js';
import type { RolloutSettings } from './settings.js';
import { SlotBaselines } from './slot-baselines.js';

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const tags = ['<search>', '</search>', '<result>', '</result>'];
const texts = [letters.map((letter) => ` ${letter}`).join('')];
const renderer = new Renderer(tinyTokenizer(texts, tags), [], null);
const { tokenizer } = renderer;

const settings: RolloutSettings = {
  groupSize: 6,
  initial: 3,
  fill: 'at_once',
  branching: {
    branching: 'immediate',
    branch_factor: 1,
    base_probability: 0.5,
    entropy_weight: 0.2,
    repeat_penalty: 0,
    starts: 'fixed',
    starts_sensitivity: 5,
    threshold: null,
    probe_tokens: 3,
    probe: 'after_result',
    baseline: 'own',
    entropy_scale: 'mean_over_log_vocab',
    slot_order: 'entropy',
  },
  probeTokens: 3,
  temperature: 1,
  topP: 1,
  maxResponseTokens: 200,
  maxResultTokens: 100,
  resultPrefix: '',
  emptyResultAttempts: 1,
  toolCallLimit: 3,
  maxCallsPerTurn: null,
  endsAtCallLimit: false,
  entropy: 'full',
};

/** Letters, now and then a search for one or two of them, at last an end. */
function babble(text: string): string[] {
  const written = text.slice(text.lastIndexOf('<agent>'));
  const searching = written.lastIndexOf('<search>') > written.lastIndexOf('</search>');
  if (written.endsWith('<search>')) return [' a', ' b', ' c'];
  if (searching) return ['</search>', ' d'];
  const calls = written.split('</search>').length - 1;
  return calls === 3 ? [' e', ' f', '<eos>'] : [' a', ' b', ' c', ' e', '<search>'];
}

interface Options {
  prompts?: string[];
  next?: (text: string) => readonly string[];
  callTool?: (request: ToolRequest) => Promise<ToolAnswer>;
  changed?: Partial<RolloutSettings>;
  seed?: number;
  language?: Renderer;
  baselines?: SlotBaselines;
  callLimits?: Record<string, number>;
  summaries?: SummaryRules;
  meter?: (spent: { sampled: number }) => void;
}

const found = ({ input }: ToolRequest): ToolAnswer => ({ outcome: 'ok', text: `${input}${input}`, latencyMs: 0 });

async function roll({
  prompts = [' a', ' b b', ' c'],
  next = babble,
  callTool,
  changed,
  seed = 1,
  language = renderer,
  baselines,
  callLimits = {},
  summaries,
  meter = () => {},
}: Options = {}) {
  const policy = new FakePolicy(language.tokenizer, next);
  const store = new SlotTokens();
  const cache = new KvCache(store);
  const spent = { sampled: 0, calls: 0 };
  const tasks = prompts.map((content, place) => {
    return { place, example: 10 + place, prompt: language.prompt([{ role: 'user', content }]) };
  });
  const trees: Tree[] = [];
  const rolled = rollout(tasks, {
    policy,
    store,
    cache,
    renderer: language,
    language: languageOf(language, ['search']),
    settings: { ...settings, ...changed },
    draws: new RolloutDraws(seed, 1),
    baselines,
    callLimits,
    summaries: summaries ?? null,
    callTool: callTool ?? ((request) => Promise.resolve(found(request))),
    meter: {
      sampled: (tokens) => {
        meter(spent);
        spent.sampled += tokens;
      },
      calledTool: () => (spent.calls += 1),
      check: () => {},
    },
    mostRows: 128,
    signal: new AbortController().signal,
  });
  try {
    for await (const tree of rolled) trees.push(tree);
  } catch (error) {
    if (!(error instanceof BudgetReached)) throw error;
  }
  trees.sort((a, b) => a.place - b.place);
  return { trees, cache, policy, spent };
}

const segmentsOn = (tree: Tree, leaf: number) => pathTo(tree, leaf).map((index) => tree.segments[index]!);
const reasons = (tree: Tree) => tree.trajectories.map(({ finishReason }) => finishReason);

describe('a rollout', () => {
  test('gives every prompt a full group, and all slots back', async () => {
    const { trees, cache } = await roll();
    expect(trees.map(({ place, example }) => [place, example])).toEqual([
      [0, 10],
      [1, 11],
      [2, 12],
    ]);
    for (const tree of trees) expect(reasons(tree)).toEqual(Array(6).fill('stop'));
    expect(cache.size).toBe(0);
  });

  test('writes what the policy said: each token follows from its whole path', async () => {
    const { trees } = await roll();
    for (const tree of trees) {
      for (const { leaf } of tree.trajectories) {
        let text = '';
        for (const { kind, tokens } of segmentsOn(tree, leaf)) {
          for (const token of tokens) {
            const piece = tokenizer.decode([token]);
            if (kind === 'model') expect(babble(text)).toContain(piece);
            text += piece;
          }
        }
      }
    }
  });

  test('inserts results right after the call, and counts every sampled token and call once', async () => {
    const { trees, spent } = await roll();
    const sampled = trees.map(
      (tree) =>
        tokenCounts(
          tree,
          tree.trajectories.map(({ leaf }) => leaf),
        ).uniqueTargets,
    );
    expect(spent.sampled).toBe(sampled.reduce((a, b) => a + b));
    expect(spent.calls).toBe(trees.flatMap(({ segments }) => segments.filter(({ kind }) => kind === 'tool')).length);
    for (const tree of trees) {
      const response = responseText(tree, tree.trajectories[0]!.leaf);
      expect(response).toMatch(/^(?:[^<]*<search>( [a-d]+)+<\/search><result>\n.*\n<\/result>){3}[^<]*$/s);
    }
  });

  test('calls tools and stores text and tokens alike where tags are special tokens', async () => {
    const special = tinyTokenizer(texts, tags, { special: true });
    const rolled = await roll({ language: new Renderer(special, [], null) });
    expect(rolled.spent.calls).toBeGreaterThan(0);
    const known = ({ trees, spent }: Awaited<ReturnType<typeof roll>>) => ({ trees, spent });
    expect(known(rolled)).toEqual(known(await roll()));
  });

  test('remembers what its prompt has begun of the response', async () => {
    const template = defaultChatTemplate
      .replace("'<agent>' }}{% endif", "'<agent>' }} b\n{% endif")
      .replace(' b', '<think> b');
    const { trees } = await roll({ language: new Renderer(tinyTokenizer(texts, tags, { template }), [], null) });
    expect(trees[0]!.begun).toBe('<think> b\n');
    expect(trees[0]!.segments[0]!.text).toBe('<user> a<agent><think> b\n');
    expect(responseText(trees[0]!, trees[0]!.trajectories[0]!.leaf)).not.toContain('<think>');
  });

  test('does not depend on when tools answer, nor on what else is in the batch', async () => {
    const fast = await roll();
    const slow = await roll({
      callTool: async (request) => {
        const delay = (request.call.length * 7 + request.input.length * 3) % 5;
        await new Promise((resolve) => setTimeout(resolve, delay));
        return found(request);
      },
    });
    expect(slow.trees).toEqual(fast.trees);
    const alone = await roll({ prompts: [' a'] });
    expect(alone.trees[0]).toEqual(fast.trees[0]);
  });

  test('is another one with another seed', async () => {
    const [one, two] = [await roll({ seed: 1 }), await roll({ seed: 2 })];
    expect(one.trees).not.toEqual(two.trees);
  });

  test('keeps new prompts waiting while their whole groups may not fit', async () => {
    const prompts = Array.from({ length: 60 }, (_, i) => ` ${letters[i % 7]}`);
    const { trees, policy } = await roll({ prompts });
    expect(trees).toHaveLength(60);
    expect(Math.max(...policy.batches)).toBeLessThanOrEqual(128);
  });
});

describe('forks', () => {
  test('leave right after a tool result, share its path, and say another thing from there', async () => {
    const { trees } = await roll();
    const forks = trees.flatMap((tree) =>
      tree.segments.filter(({ forked }) => forked).map(({ parent }) => ({ tree, parent: parent! })),
    );
    expect(forks.length).toBeGreaterThan(0);
    for (const { tree, parent } of forks) {
      expect(tree.segments[parent]!.kind).toBe('tool');
      const siblings = tree.segments.filter((segment) => segment.parent === parent);
      expect(siblings.length).toBeGreaterThan(1);
    }
    for (const { segments } of trees) expect(segments.filter(({ forked }) => forked).length).toBeLessThanOrEqual(3);
  });

  test('record the ΔH and P that decided on the segment that was probed, and nothing where nothing was decided', async () => {
    const { trees } = await roll();
    for (const { segments } of trees) {
      const decided = segments.filter(({ deltaEntropy }) => deltaEntropy !== null);
      for (const { kind, parent, forked, deltaEntropy, branchProbability } of decided) {
        expect([kind, forked, segments[parent!]!.kind]).toEqual(['model', false, 'tool']);
        expect(branchProbability).toBeCloseTo(0.5 + 0.2 * deltaEntropy!, 12);
      }
      for (const fork of segments.filter(({ forked }) => forked)) {
        expect(decided.some(({ parent }) => parent === fork.parent)).toBe(true);
      }
      // Each trajectory calls three times: the later results came when the group was full.
      const afterTool = segments.filter(
        ({ kind, parent }) => kind === 'model' && segments[parent ?? 0]!.kind === 'tool',
      );
      expect(decided.length).toBeGreaterThan(0);
      expect(decided.length).toBeLessThan(afterTool.filter(({ forked }) => !forked).length);
    }
  });

  test('never happen at P 0: the missing trajectories start at the prompt, all at once', async () => {
    const { trees } = await roll({
      changed: { branching: { ...settings.branching!, base_probability: 0, entropy_weight: 0 } },
    });
    for (const { segments, trajectories } of trees) {
      expect(segments.some(({ forked }) => forked)).toBe(false);
      expect(segments.filter(({ parent }) => parent === 0)).toHaveLength(6);
      expect(trajectories).toHaveLength(6);
    }
  });

  test('always happen at P 1 until no slot is left', async () => {
    const { trees } = await roll({
      changed: { branching: { ...settings.branching!, base_probability: 1, entropy_weight: 0 } },
    });
    for (const { segments } of trees) {
      expect(segments.filter(({ parent }) => parent === 0)).toHaveLength(3);
      const decided = segments.flatMap(({ forks }) => forks ?? []);
      expect(decided.every(({ wanted, decodeStep }) => wanted === 1 && decodeStep % 8 === 0)).toBe(true);
      expect(decided.reduce((sum, { granted }) => sum + granted, 0)).toBe(3);
      expect(segments.filter(({ forked }) => forked)).toHaveLength(3);
    }
  });
});

describe('what is missing when a group has run dry', () => {
  const never = { ...settings.branching!, base_probability: 0, entropy_weight: 0 };
  /** Decode steps that a tree takes grow with each trajectory that starts alone. */
  const steps = async (fill: RolloutSettings['fill']) =>
    (await roll({ prompts: [' a'], changed: { fill, branching: never } })).policy.batches.length;

  test('starts one after the other where that is asked', async () => {
    const { trees } = await roll({ changed: { fill: 'serial', branching: never } });
    for (const { segments } of trees) expect(segments.filter(({ parent }) => parent === 0)).toHaveLength(6);
    expect(await steps('serial')).toBeGreaterThan(1.5 * (await steps('at_once')));
  });

  test('may fork then, which saves calls', async () => {
    const changed = { initial: 1, branching: { ...settings.branching!, base_probability: 0.3, entropy_weight: 0 } };
    const calls = async (fill: RolloutSettings['fill']) => (await roll({ changed: { ...changed, fill } })).spent.calls;
    expect(await calls('serial')).toBeLessThan(await calls('at_once'));
  });
});

describe('starts that follow from entropies', () => {
  const starts = (starts_sensitivity: number, rest: Partial<BranchingRule> = {}): Partial<RolloutSettings> => ({
    initial: 1,
    branching: { ...settings.branching!, starts: 'entropy', starts_sensitivity, ...rest },
  });
  const atPrompt = ({ segments }: Tree) => segments.filter(({ kind, parent }) => kind === 'model' && parent === 0);

  test('wait for the first trajectory, and leave the rest of the group to forks', async () => {
    const { trees, cache } = await roll({ changed: starts(0, { base_probability: 1, entropy_weight: 0 }) });
    for (const tree of trees) {
      expect(reasons(tree)).toEqual(Array(6).fill('stop'));
      expect(atPrompt(tree)).toHaveLength(3);
      expect(tree.segments.filter(({ forked }) => forked)).toHaveLength(3);
    }
    expect(cache.size).toBe(0);
  });

  test('fork from the first trajectory only when it has ended', async () => {
    const { trees } = await roll({ changed: starts(0, { base_probability: 1, entropy_weight: 0 }) });
    for (const { segments } of trees) {
      const decided = segments.flatMap(({ forks }) => forks?.decodeStep ?? []);
      // Three calls, each with its result at the next join, take more than three of them.
      expect(Math.min(...decided)).toBeGreaterThanOrEqual(24);
    }
  });

  test('do not depend on when tools answer, nor on what else is in the batch', async () => {
    const prompts = [' a', ' b b', ' c'];
    const slow: Options['callTool'] = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, (7 * request.input.length) % 5));
      return found(request);
    };
    const changed = starts(20, { repeat_penalty: 0.5 });
    const { trees } = await roll({ prompts, changed, callTool: slow });
    const { trees: alone } = await roll({ prompts: prompts.slice(0, 1), changed });
    expect(alone[0]!.segments.map(({ text }) => text)).toEqual(trees[0]!.segments.map(({ text }) => text));
  });
});

test('results that fork one after the other become less likely to', async () => {
  const rule = { ...settings.branching!, base_probability: 1, entropy_weight: 0, repeat_penalty: 0.75 };
  const { trees } = await roll({ changed: { groupSize: 12, initial: 1, branching: rule } });
  const chances = trees.flatMap(({ segments }) =>
    segments.flatMap(({ branchProbability, parent, forks }) => {
      if (forks === null) return [];
      const before = segments[segments[parent!]!.parent!]!.parent!;
      const hasForked = segments.some((other) => other.forked && other.parent === before);
      return [{ branchProbability, hasForked }];
    }),
  );
  expect(new Set(chances.map(({ hasForked }) => hasForked))).toEqual(new Set([true, false]));
  for (const { branchProbability, hasForked } of chances) {
    if (hasForked) expect(branchProbability).toBeLessThanOrEqual(0.25);
    else expect(branchProbability).toBe(1);
  }
});

describe('deferred forks', () => {
  const branching = { ...settings.branching!, branching: 'deferred' as const };

  test('leave from the points with the largest ΔH when the first trajectories have ended', async () => {
    const { trees, cache } = await roll({ changed: { branching } });
    for (const { segments, trajectories } of trees) {
      expect(trajectories).toHaveLength(6);
      expect(segments.filter(({ parent }) => parent === 0)).toHaveLength(3);
      const decided = segments.filter(({ forks }) => forks !== null);
      // Three trajectories with three results each.
      expect(decided).toHaveLength(9);
      const forked = decided.filter(({ forks }) => forks!.granted > 0);
      expect(forked.map(({ forks }) => forks!.granted)).toEqual([1, 1, 1]);
      const others = decided.filter(({ forks }) => forks!.granted === 0).map(({ deltaEntropy }) => deltaEntropy!);
      for (const { deltaEntropy, branchProbability, parent } of forked) {
        expect(deltaEntropy).toBeGreaterThanOrEqual(Math.max(...others));
        expect(branchProbability).toBeNull();
        expect(segments.filter((segment) => segment.forked && segment.parent === parent)).toHaveLength(1);
      }
    }
    expect(cache.size).toBe(0);
  });

  test('may be several from one point', async () => {
    const { trees } = await roll({ changed: { initial: 1, branching } });
    for (const { segments } of trees) {
      const granted = segments.flatMap(({ forks }) => forks?.granted ?? []);
      // Three points, of which two are the upper half, and five forks.
      expect(granted.toSorted((a, b) => a - b)).toEqual([0, 2, 3]);
    }
  });

  test('give way to trajectories from the prompt where no tool was called', async () => {
    const { trees } = await roll({ next: () => [' a', ' b', '<eos>'], changed: { fill: 'serial', branching } });
    for (const { segments } of trees) expect(segments.filter(({ parent }) => parent === 0)).toHaveLength(6);
  });

  test('do not depend on when tools answer, nor on what else is in the batch', async () => {
    const together = await roll({ changed: { branching } });
    const slow = async (request: ToolRequest) => {
      await new Promise((resolve) => setTimeout(resolve, request.call.length % 3));
      return found(request);
    };
    expect((await roll({ changed: { branching }, callTool: slow })).trees).toEqual(together.trees);
    expect((await roll({ prompts: [' a'], changed: { branching } })).trees[0]).toEqual(together.trees[0]);
  });
});

describe('as released', () => {
  const branching = {
    ...settings.branching!,
    branching: 'lock_step' as const,
    probe: 'before_result' as const,
    slot_order: 'index' as const,
    entropy_scale: 'sum_over_log_vocab' as const,
  };
  const lockStep = { fill: 'serial' as const, branching };
  const depthOf = (tree: Tree, index: number) =>
    pathTo(tree, index).filter((i) => tree.segments[i]!.kind === 'tool').length;

  test('a group goes on in rounds: forks of a round are decided at once, in the order of the trajectories', async () => {
    const changed = { ...lockStep, branching: { ...branching, base_probability: 1, entropy_weight: 0 } };
    const { trees, cache } = await roll({ changed });
    for (const tree of trees) {
      const decided = tree.segments.filter(({ forks }) => forks !== null);
      // Three results, each of which gets one of the three forks; the later rounds have none to give.
      expect(decided.map(({ forks }) => forks!.granted)).toEqual([1, 1, 1]);
      expect(new Set(decided.map(({ forks }) => forks!.decodeStep)).size).toBe(1);
      expect(decided.map(({ parent }) => depthOf(tree, parent!))).toEqual([1, 1, 1]);
    }
    expect(cache.size).toBe(0);
  });

  test('a trajectory that calls early waits for the others of its group, and for no other group', async () => {
    const asked: string[] = [];
    const callTool = (request: ToolRequest) => {
      asked.push(request.call);
      return Promise.resolve(found(request));
    };
    await roll({ callTool, prompts: [' a'], changed: { ...lockStep, groupSize: 3, initial: 3 } });
    // Nobody calls a second time before all have called once.
    expect(asked.map((call) => call.split('/')[2])).toEqual(['1', '1', '1', '2', '2', '2', '3', '3', '3']);
    const together = await roll({ changed: lockStep });
    const slow = (request: ToolRequest) =>
      new Promise<ToolAnswer>((resolve) => setTimeout(() => resolve(found(request)), 3));
    expect((await roll({ changed: lockStep, callTool: slow })).trees).toEqual(together.trees);
    expect((await roll({ changed: lockStep, prompts: [' a'] })).trees[0]).toEqual(together.trees[0]);
  });

  test('ΔH is that of the segment that called, and 0 for the first', async () => {
    const { trees } = await roll({ changed: { ...lockStep, groupSize: 20 } });
    for (const tree of trees) {
      for (const { deltaEntropy, parent } of tree.segments) {
        if (deltaEntropy === null) continue;
        const path = pathTo(tree, parent!).map((i) => tree.segments[i]!);
        const calling = path.filter(({ kind }) => kind === 'model');
        const sum = ({ entropies }: (typeof path)[number]) => entropies!.slice(0, 3).reduce((a, b) => a + b, 0);
        const expected = (sum(calling.at(-1)!) - sum(calling[0]!)) / Math.log(tokenizer.vocabSize);
        expect(deltaEntropy).toBeCloseTo(calling.length === 1 ? 0 : expected, 5);
      }
    }
  });

  test('entropies are compared with those that the slot has had first, in whatever step', async () => {
    const baselines = new SlotBaselines([]);
    const changed = { ...lockStep, branching: { ...branching, baseline: 'first_recorded_in_slot' as const } };
    const firstDeltas = ({ trees }: Awaited<ReturnType<typeof roll>>) =>
      trees.flatMap((tree) =>
        tree.segments
          .filter(({ deltaEntropy, parent }) => deltaEntropy !== null && depthOf(tree, parent!) === 1)
          .map(({ deltaEntropy }) => deltaEntropy!),
      );
    const first = await roll({ changed, baselines });
    expect(firstDeltas(first).length).toBeGreaterThan(0);
    // Forks begin with what they record themselves, so that theirs is 0 too.
    expect(firstDeltas(first).every((delta) => delta === 0)).toBe(true);
    const second = await roll({ changed, baselines, seed: 2 });
    expect(firstDeltas(second).some((delta) => delta !== 0)).toBe(true);
  });

  test('a space stands before a result', async () => {
    const { trees } = await roll({ changed: { resultPrefix: ' ' } });
    const results = trees.flatMap(({ segments }) => segments.filter(({ kind }) => kind === 'tool'));
    expect(results.length).toBeGreaterThan(0);
    for (const { text, tokens } of results) {
      expect(text).toMatch(/^ <result>\n/);
      expect(tokenizer.decode(tokens)).toBe(text);
    }
  });
});

describe('a trajectory ends', () => {
  const one = { prompts: [' a'], changed: { groupSize: 1, initial: 1, branching: null } };
  /** Says the words one after the other; what follows the last result goes on where it was. */
  const script = (words: readonly string[]) => (text: string) => {
    const said = tokenizer.encode(text.slice(text.lastIndexOf('<agent>') + 7).replace(/<result>.*?<\/result>/gs, ''), {
      allowSpecial: true,
    });
    return [words[said.length] ?? '<eos>'];
  };

  test('with a call beyond the limit, of which nothing is made', async () => {
    const call = ['<search>', ' a', '</search>'];
    const { trees, spent } = await roll({
      ...one,
      next: script([...call, ...call]),
      changed: { ...one.changed, toolCallLimit: 1 },
    });
    expect(reasons(trees[0]!)).toEqual(['tool_call_limit']);
    expect(spent.calls).toBe(1);
    expect(responseText(trees[0]!, trees[0]!.trajectories[0]!.leaf)).toBe(
      '<search> a</search><result>\n a a\n</result><search> a</search>',
    );
  });

  test('or, where that is asked, with an end token that nobody drew, and that is trained on', async () => {
    const call = ['<search>', ' a', '</search>'];
    const changed = { ...one.changed, toolCallLimit: 1, endsAtCallLimit: true };
    const { trees } = await roll({ ...one, changed, next: script([...call, ...call, ' b']) });
    expect(reasons(trees[0]!)).toEqual(['tool_call_limit']);
    const { kind, tokens, logprobs, text } = trees[0]!.segments[trees[0]!.trajectories[0]!.leaf]!;
    expect([kind, text]).toEqual(['model', '<search> a</search>']);
    expect(tokens.at(-1)).toBe(renderer.endToken);
    // The policy would have gone on.
    expect(logprobs!.at(-1)).toBeLessThan(-1000);
  });

  test('with a call that asks nothing', async () => {
    const { trees, spent } = await roll({ ...one, next: script(['<search>', '</search>']) });
    expect(reasons(trees[0]!)).toEqual(['empty_tool_call']);
    expect(spent.calls).toBe(0);
  });

  test('at the limit of its length, even when that completes a call', async () => {
    const changed = { ...one.changed, maxResponseTokens: 3 };
    const long = await roll({ ...one, changed, next: script([' a', ' b', ' c', ' d']) });
    expect(reasons(long.trees[0]!)).toEqual(['length']);
    const calling = await roll({ ...one, changed, next: script(['<search>', ' a', '</search>']) });
    expect(reasons(calling.trees[0]!)).toEqual(['length']);
    expect(calling.spent.calls).toBe(0);
  });

  test('after a result that is cut, which leaves room to answer', async () => {
    const long = ' a b c'.repeat(500);
    const callTool = () => Promise.resolve<ToolAnswer>({ outcome: 'ok', text: long, latencyMs: 0 });
    const changed = { ...one.changed, maxResponseTokens: 80, maxResultTokens: 36 };
    const next = script(['<search>', ' a', '</search>', ' e', '<search>', ' b', '</search>', ' f']);
    const { trees } = await roll({ ...one, callTool, changed, next });
    expect(reasons(trees[0]!)).toEqual(['stop']);
    const results = trees[0]!.segments.filter(({ kind }) => kind === 'tool');
    // Before the second, half of the at least 37 tokens that are left is less than the limit.
    const most = [36, 36 / 2];
    results.forEach(({ tokens, text, tool }, i) => {
      expect(text).toMatch(/^<result>\n( a| b| c)+…\[cut\]\n<\/result>$/);
      expect(tokens).toEqual(renderer.toolResult(text.slice(9, -10)).tokens);
      expect(tokens.length).toBeLessThanOrEqual(most[i]!);
      expect(tool!.text).toBe(long);
    });
  });

  test('at a result of which nothing fits, not even the mark', async () => {
    const changed = { ...one.changed, maxResponseTokens: 8 };
    const { trees, cache } = await roll({ ...one, changed, next: script(['<search>', ' a', '</search>']) });
    expect(reasons(trees[0]!)).toEqual(['length']);
    const { leaf } = trees[0]!.trajectories[0]!;
    expect(trees[0]!.segments[leaf]).toMatchObject({ kind: 'tool', text: '', tool: { text: ' a a' } });
    expect(responseText(trees[0]!, leaf)).toBe('<search> a</search>');
    expect(cache.size).toBe(0);
  });

  test('when its tool could not work, with the reason in the record and no token for it', async () => {
    const callTool = () => Promise.resolve<ToolAnswer>({ outcome: 'infra_error', text: 'no index', latencyMs: 3 });
    const { trees, cache } = await roll({ ...one, callTool, next: script(['<search>', ' a', '</search>']) });
    const [tree] = trees;
    expect(reasons(tree!)).toEqual(['infra_error']);
    expect(tree!.segments[tree!.trajectories[0]!.leaf]).toMatchObject({
      kind: 'tool',
      text: '',
      tool: { name: 'search', input: ' a', call: '0/0/1', outcome: 'infra_error', text: 'no index' },
    });
    expect(cache.size).toBe(0);
  });

  test('but goes on after a program error, which the model sees', async () => {
    const callTool = () => Promise.resolve<ToolAnswer>({ outcome: 'program_error', text: ' d', latencyMs: 3 });
    const { trees } = await roll({ ...one, callTool, next: script(['<search>', ' a', '</search>', ' b']) });
    expect(reasons(trees[0]!)).toEqual(['stop']);
    expect(responseText(trees[0]!, trees[0]!.trajectories[0]!.leaf)).toBe(
      '<search> a</search><result>\n d\n</result> b',
    );
  });
});

test('a tool that fails without an answer fails the rollout', async () => {
  await expect(roll({ callTool: () => Promise.reject(new Error('gone')) })).rejects.toThrow('gone');
});

describe("with the model's own way to call tools", () => {
  const call = (query: string) => `<tool_call>{"name": "search", "arguments": {"query": "${query}"}}</tool_call>`;
  const [twice, nameless] = [`${call('a')}${call('b')}`, '<tool_call>search a</tool_call>'];
  const controls = ['<|im_start|>', '<|im_end|>', twice, nameless];
  const chatTokenizer = tinyTokenizer(texts, controls, { template: hermesTemplate, eosToken: '<|im_end|>' });
  const definitions = [textTool('search', 'Searches.', 'query', 'What for.')];
  const language = new Renderer(chatTokenizer, [], null, chatToolsOf(chatTokenizer, definitions, null));
  const turn = '<|im_start|>assistant\n';
  /** Says one thing in each of its turns. */
  const saying = (turns: readonly string[]) => (text: string) => {
    const place = text.split(turn).length - 2;
    return text.endsWith(turn) ? [turns[place]!] : ['<|im_end|>'];
  };
  const one = { prompts: [' a'], language, changed: { groupSize: 1, initial: 1, branching: null } };

  test('a prompt lists the tools', () => {
    expect(language.prompt([{ role: 'user', content: 'x' }]).text).toContain('"name": "search"');
  });

  test('calls of a turn are made in order when it has ended, and their results stand where the template has them', async () => {
    const asked: ToolRequest[] = [];
    const callTool = (request: ToolRequest) => {
      asked.push(request);
      return Promise.resolve<ToolAnswer>({ outcome: 'ok', text: ` ${request.call}`, latencyMs: 0 });
    };
    const { trees, spent } = await roll({ ...one, callTool, next: saying([twice, ' c']) });
    const tree = trees[0]!;
    const { leaf } = tree.trajectories[0]!;
    expect(asked.map(({ call: id, input, format, previous }) => [id, input, format, previous])).toEqual([
      ['0/0/1', '{"query":"a"}', 'json', []],
      ['0/0/2', '{"query":"b"}', 'json', ['0/0/1']],
    ]);
    expect(spent.calls).toBe(2);
    expect(tree.segments.map(({ kind, parent }) => [kind, parent])).toEqual([
      ['prompt', null],
      ['model', 0],
      ['tool', 1],
      ['tool', 2],
      ['model', 3],
    ]);
    const read = pathTo(tree, leaf).flatMap((at) => [...tree.segments[at]!.tokens]);
    expect(chatTokenizer.decode(read).slice(tree.segments[0]!.text.length)).toBe(
      `${twice}<|im_end|>\n<|im_start|>user\n<tool_response>\n 0/0/1\n</tool_response>\n<tool_response>\n 0/0/2\n</tool_response><|im_end|>\n${turn} c<|im_end|>`,
    );
    expect(responseParts(tree, leaf).map(({ kind, text, tool }) => [kind, tool, text.trim()])).toEqual([
      ['call', 'search', call('a')],
      ['call', 'search', call('b')],
      ['result', 'search', '<|im_start|>user\n<tool_response>\n 0/0/1'],
      ['result', 'search', expect.stringContaining(' 0/0/2')],
      ['text', null, 'c'],
    ]);
  });

  test('a call that names no tool is made all the same, and the model is told', async () => {
    const callTool = ({ tool, input }: ToolRequest) =>
      Promise.resolve<ToolAnswer>({ outcome: 'program_error', text: `${tool}:${input}`, latencyMs: 0 });
    const { trees } = await roll({ ...one, callTool, next: saying([nameless, ' c']) });
    expect(reasons(trees[0]!)).toEqual(['stop']);
    expect(trees[0]!.segments[2]).toMatchObject({ tool: { name: '', input: 'search a', outcome: 'program_error' } });
  });

  test('a turn with more calls than are left makes none', async () => {
    const changed = { ...one.changed, toolCallLimit: 1 };
    const { trees, spent } = await roll({ ...one, changed, next: saying([twice]) });
    expect(reasons(trees[0]!)).toEqual(['tool_call_limit']);
    expect(spent.calls).toBe(0);
  });

  const made = (tree: Tree) =>
    tree.segments.flatMap(({ tool }) => (tool ? [tool.outcome === 'ok' ? tool.input : tool.text] : []));

  test('calls beyond those that a turn may have are not made, and the model is told', async () => {
    const changed = {
      ...one.changed,
      toolCallLimit: 4,
      maxCallsPerTurn: 1,
      maxResponseTokens: 2000,
      maxResultTokens: 400,
    };
    const { trees, spent } = await roll({ ...one, changed, next: saying([twice, twice, ' c']) });
    const refused = 'This call was not made: a turn may have at most 1 call.';
    expect(made(trees[0]!)).toEqual(['{"query":"a"}', refused, '{"query":"a"}', refused]);
    expect(reasons(trees[0]!)).toEqual(['stop']);
    expect(spent.calls).toBe(4);
    expect(responseText(trees[0]!, trees[0]!.trajectories[0]!.leaf)).toContain(refused);
  });

  test('a tool is called as often as a trajectory may, and the model is told', async () => {
    const changed = { ...one.changed, toolCallLimit: 4 };
    const limited = { ...one, changed, callLimits: { search: 3 } };
    const { trees } = await roll({ ...limited, next: saying([twice, twice, ' c']) });
    expect(made(trees[0]!)).toEqual([
      '{"query":"a"}',
      '{"query":"b"}',
      '{"query":"a"}',
      'This call was not made: at most 3 calls of search may be made, and there were as many.',
    ]);
  });

  test('trajectories fork behind the last result of a turn', async () => {
    const changed = { groupSize: 2, initial: 1, branching: { ...settings.branching!, base_probability: 1 } };
    const { trees, cache } = await roll({ ...one, changed, next: saying([twice, ' c']) });
    const forked = trees[0]!.segments.find((segment) => segment.forked)!;
    expect(trees[0]!.segments[forked.parent!]).toMatchObject({ kind: 'tool', tool: { input: '{"query":"b"}' } });
    expect(cache.size).toBe(0);
  });
});

describe('results that the policy writes itself', () => {
  const rules: SummaryRules = { renderer, maxTokens: 5, maxPromptTokens: 40, maxSlots: 100 };
  /** Two to four letters of what it is told, and an end; elsewhere as before. */
  const next = (text: string) => {
    const [, told, said = ''] = /^<user>Read(.*)<agent>(.*)$/s.exec(text) ?? [];
    if (told === undefined) return babble(text);
    const letter = [' f', ' g'][told.length % 2]!;
    return said.length < 4 ? [letter] : [letter, '<eos>'];
  };
  const callTool = ({ input }: ToolRequest): Promise<ToolAnswer> =>
    Promise.resolve({ outcome: 'to_summarise', text: `Read${input}`, latencyMs: 0 });
  const exchanges = (trees: readonly Tree[]) =>
    trees.flatMap(({ segments }) => segments.flatMap(({ tool }) => tool ?? []));
  const asked = { next, callTool, summaries: rules };

  test('are of its words, the same for the same text, and are no part of what is learnt', async () => {
    const { trees, cache, spent } = await roll(asked);
    const all = exchanges(trees);
    expect(all.length).toBeGreaterThan(20);
    for (const { input, text, outcome } of all) {
      expect(outcome).toBe('ok');
      expect(text).toMatch(input.length % 2 === 0 ? /^f( f){1,4}$/ : /^g( g){1,4}$/);
    }
    const perInput = new Map(all.map(({ input, text }) => [input, text]));
    expect(all.map(({ input }) => perInput.get(input))).toEqual(all.map(({ text }) => text));
    // Each is written once, whoever asks.
    expect(all.filter(({ summaryTokens }) => summaryTokens > 0)).toHaveLength(perInput.size);
    const results = trees.flatMap(({ segments }) => segments.filter(({ kind }) => kind === 'tool'));
    expect(results.every(({ logprobs, text, tool }) => logprobs === null && text.includes(tool!.text))).toBe(true);
    expect(rolloutUsage(trees).sampled_tokens).toBe(spent.sampled);
    expect(cache.size).toBe(0);
  });

  test('are the same whatever is written beside them, and however few are written at once', async () => {
    const { trees } = await roll(asked);
    const written = (of: readonly Tree[]) => exchanges(of).map(({ call, text }) => [call, text]);
    const [alone] = (await roll({ ...asked, prompts: [' a'] })).trees;
    expect(written([alone!])).toEqual(written([trees[0]!]));
    const oneByOne = await roll({ ...asked, summaries: { ...rules, maxSlots: 1 } });
    expect(written(oneByOne.trees)).toEqual(written(trees));
  });

  test('end at their limit, of a text that is cut to what there is room for', async () => {
    const told: string[] = [];
    const { trees } = await roll({
      ...asked,
      callTool: () => Promise.resolve({ outcome: 'to_summarise', text: `Read${' a'.repeat(500)}`, latencyMs: 0 }),
      next: (text) => {
        if (!text.startsWith('<user>Read')) return babble(text);
        if (text.endsWith('<agent>')) told.push(text);
        return [' f'];
      },
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^<user>Read( a)+…\[cut\]<agent>$/);
    expect(tokenizer.encode(told[0]!, { allowSpecial: true }).length).toBeLessThanOrEqual(rules.maxPromptTokens);
    expect(new Set(exchanges(trees).map(({ text }) => text))).toEqual(new Set(['f f f f f']));
  });

  test('that are empty say so, and a failure of the tool is not summarised', async () => {
    const empty = await roll({ ...asked, next: (text) => (text.startsWith('<user>Read') ? ['<eos>'] : babble(text)) });
    expect(new Set(exchanges(empty.trees).map(({ text }) => text))).toEqual(new Set(['No helpful information found.']));
    const failed = await roll({
      ...asked,
      callTool: () => Promise.resolve({ outcome: 'program_error', text: 'no such page', latencyMs: 0 }),
    });
    expect(new Set(exchanges(failed.trees).map(({ text }) => text))).toEqual(new Set(['no such page']));
  });

  test('count also where a budget ends while one is written', async () => {
    const whole = await roll(asked);
    for (let limit = 10; limit < 120; limit++) {
      const cut = await roll({
        ...asked,
        meter: ({ sampled }) => {
          if (sampled === limit) throw new BudgetReached('sampled_tokens', limit, limit);
        },
      });
      expect(rolloutUsage(cut.trees).sampled_tokens).toBe(limit);
      expect(cut.spent.sampled).toBeLessThan(whole.spent.sampled);
    }
  });

  test('of a tool that may not ask for them are a fault', async () => {
    await expect(roll({ next, callTool })).rejects.toThrow('no tool of the spec has the policy write one');
  });
});

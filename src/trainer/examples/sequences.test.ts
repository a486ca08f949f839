import { describe, expect, test } from 'vitest';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import { cpuDevice, initialParameters, packTrees, Policy, type TreeInput } from '../../engine/index.js';
import { resolveRunSpec, type SupervisedRunSpec } from '../../spec/run-spec.js';
import { Renderer } from '../model/render.js';
import { sequenceReader } from './sequences.js';

const letters = ['a', 'b', 'c', 'd', 'e'];
const tags = ['<search>', '</search>', '<result>', '</result>'];
const renderer = new Renderer(tinyTokenizer([letters.map((letter) => ` ${letter}`).join('')], tags), [], null);
const spec = resolveRunSpec({ method: 'dpo', model: 'mdl_1', dataset: 'ds_1' }) as SupervisedRunSpec;
const reader = sequenceReader(spec);

const example = {
  index: 3,
  messages: [{ role: 'user' as const, content: ' a b' }],
  chosen: [
    { role: 'assistant' as const, content: '<search> c</search>' },
    { role: 'tool' as const, content: ' d' },
    { role: 'assistant' as const, content: ' e' },
  ],
  rejected: [{ role: 'assistant' as const, content: ' c c c' }],
};

describe('a pair', () => {
  const { sequences, prompt, isCut } = reader.read(renderer, example, 1000);
  const [{ input, length, targets, chosen } = expect.fail()] = sequences;

  test('is a tree: the prompt once, and both answers after it', () => {
    expect([sequences.length, isCut]).toEqual([1, false]);
    expect(input.segments.map(({ parent, train }) => [parent, train])).toEqual([
      [null, false],
      [0, true],
      [1, false],
      [2, true],
      [0, true],
    ]);
    const tokens = input.segments.map((segment) => segment.tokens.length);
    expect(tokens[0]).toBe(prompt!.tokens.length);
    expect(length).toBe(tokens.reduce((sum, n) => sum + n, 0));
    expect([chosen, targets]).toEqual([tokens[1]! + tokens[3]!, tokens[1]! + tokens[3]! + tokens[4]!]);
  });

  test('gives every target the log-probability that it has in a sequence of its own', async () => {
    const config = {
      family: 'llama' as const,
      vocabSize: renderer.tokenizer.vocabSize,
      hiddenSize: 16,
      layers: 2,
      heads: 2,
      kvHeads: 2,
      headDim: 8,
      ffnSize: 16,
      rmsNormEps: 1e-5,
      ropeTheta: 10000,
      ropeScaling: null,
      tieEmbeddings: true,
      qkvBias: false,
      qkNorm: false,
      maxPositions: 64,
      eosTokenIds: [0],
      bosTokenId: null,
      padTokenId: null,
    };
    const policy = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
    const { segments } = input;
    const chain = (of: number[]): TreeInput => ({
      segments: of.map((at, i) => ({ ...segments[at]!, parent: i === 0 ? null : i - 1 })),
    });
    const packed = await policy.evaluate(packTrees([input]), 1);
    const apart = await policy.evaluate(packTrees([chain([0, 1, 2, 3]), chain([0, 4])]), 1);
    expect(packed.logprobs.length).toBe(targets);
    packed.logprobs.forEach((logprob, u) => expect(logprob).toBeCloseTo(apart.logprobs[u]!, 5));
    await policy.close();
  });

  test('is cut where either answer is too long, and none where nothing of an answer is left', () => {
    const longest = prompt!.tokens.length + 2;
    const cut = reader.read(renderer, example, longest);
    expect(cut).toMatchObject({ isCut: true, sequences: [{ targets: 4, chosen: 2, length: longest + 2 }] });
    expect(reader.read(renderer, example, prompt!.tokens.length)).toMatchObject({ isCut: true, sequences: [] });
  });

  test('is asked for where an example is none', () => {
    const { index, messages } = example;
    expect(() => reader.read(renderer, { index, messages }, 100)).toThrow(
      'Example 3 is no pair of a chosen and a rejected answer: give a dataset of kind preference',
    );
  });
});

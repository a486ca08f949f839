import { expect, test } from 'vitest';
import { isWhole, merged, type ArmResult, type SeedResult } from './results.js';

const arm = (run: string) => ({ run }) as ArmResult;
const seed = (number: number, checkpoint: string, arms: SeedResult['arms']) =>
  ({ seed: number, cold_start: { checkpoint }, arms }) as SeedResult;

test('a new arm joins those of its seed, and an arm that was trained again takes the place of the old one', () => {
  const known = [seed(11, 'ckpt_a', { grpo: arm('run_1'), n4: arm('run_2') })];
  expect(merged(known, seed(11, 'ckpt_a', { n4: arm('run_3'), n2: arm('run_4') }))).toEqual([
    seed(11, 'ckpt_a', { grpo: arm('run_1'), n4: arm('run_3'), n2: arm('run_4') }),
  ]);
});

test('arms of another cold start are not compared with new ones', () => {
  const known = [seed(11, 'ckpt_a', { grpo: arm('run_1') })];
  const found = seed(11, 'ckpt_b', { n4: arm('run_2') });
  expect(merged(known, found)).toEqual([found]);
});

test('seeds stay in their order', () => {
  const known = [seed(11, 'ckpt_a', {}), seed(13, 'ckpt_c', {})];
  expect(merged(known, seed(12, 'ckpt_b', {})).map((one) => one.seed)).toEqual([11, 12, 13]);
});

test('a seed is whole when every arm that is asked for has trained', () => {
  const one = seed(11, 'ckpt_a', { grpo: arm('run_1'), n4: arm('run_2') });
  expect([isWhole(one, ['grpo', 'n4']), isWhole(one, ['grpo']), isWhole(one, ['grpo', 'n2'])]).toEqual([
    true,
    true,
    false,
  ]);
});

import { expect, test } from 'vitest';
import type { Outcome } from './scenario.js';
import { toolCalls } from './report.js';

const policy = { run: { usage: { tool_calls: 1200, tool_calls_linear_equivalent: 1500 } } } as Outcome['policy'];

test('the linear equivalent is not passed off as what GRPO takes', () => {
  const text = toolCalls({ method: 'arpo', policy }).join(' ');
  expect(text).toContain('1,200');
  expect(text).toMatch(/1,500: what the same trajectories .* GRPO samples others/);
  expect(toolCalls({ method: 'grpo', policy })).toEqual(['Tool calls made while training with GRPO: 1,200.']);
});

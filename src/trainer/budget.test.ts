import { expect, test } from 'vitest';
import { Budget, BudgetReached } from './budget.js';

const none = { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 };
const unlimited = { tool_calls: null, sampled_tokens: null, wall_time_s: null };

test('a budget lets everything through up to its limit, and nothing beyond', () => {
  const budget = new Budget({ ...unlimited, tool_calls: 2 }, none);
  budget.calledTool();
  expect(budget.reached).toBeNull();
  budget.calledTool();
  expect(budget.reached).toMatchObject({ budget: 'tool_calls', used: 2, limit: 2 });
  expect(() => budget.calledTool()).toThrow(BudgetReached);
  expect(budget.used('tool_calls')).toBe(2);
});

test('what earlier attempts spent counts', () => {
  const budget = new Budget({ ...unlimited, sampled_tokens: 100 }, { ...none, sampled_tokens: 99 });
  budget.sampled(1);
  expect(() => budget.sampled(1)).toThrow('budget.sampled_tokens of 100 is used up');
});

test('time passes by itself', () => {
  const budget = new Budget({ ...unlimited, wall_time_s: 10 }, { ...none, wall_time_s: 10 });
  expect(() => budget.check()).toThrow(BudgetReached);
});

test('without limits nothing is ever reached', () => {
  const budget = new Budget(unlimited, none);
  budget.sampled(1e9);
  budget.calledTool();
  budget.check();
  expect(budget.reached).toBeNull();
});

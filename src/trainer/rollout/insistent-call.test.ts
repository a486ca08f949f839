import { describe, expect, test } from 'vitest';
import type { ToolAnswer } from '../link.js';
import { callInsistently } from './insistent-call.js';

/** A tool that says these texts, one after the other, each after 2 ms. */
function toolThatSays(...texts: string[]) {
  const asked: number[] = [];
  const ask = (attempt: number): Promise<ToolAnswer> => {
    asked.push(attempt);
    return Promise.resolve({ outcome: 'ok', text: texts[attempt - 1]!, latencyMs: 2 });
  };
  return { asked, ask };
}

describe('a tool whose result is empty', () => {
  test('is called again until it says something', async () => {
    const { asked, ask } = toolThatSays('', ' \n', '4', '5');
    expect(await callInsistently('python', 3, ask)).toEqual({ outcome: 'ok', text: '4', latencyMs: 6 });
    expect(asked).toEqual([1, 2, 3]);
  });

  test('is said to be silent after the last attempt', async () => {
    const { asked, ask } = toolThatSays('', '', '');
    const { text } = await callInsistently('python', 3, ask);
    expect(text).toBe('Tool(python) returned empty output.');
    expect(asked).toEqual([1, 2, 3]);
  });

  test('is left alone where one attempt is all', async () => {
    const { asked, ask } = toolThatSays('');
    expect(await callInsistently('python', 1, ask)).toEqual({ outcome: 'ok', text: '', latencyMs: 2 });
    expect(asked).toEqual([1]);
  });

  test('is not called again where it could not work', async () => {
    const failing: ToolAnswer = { outcome: 'infra_error', text: '', latencyMs: 1 };
    expect(await callInsistently('python', 3, () => Promise.resolve(failing))).toEqual(failing);
  });
});

/** Reads a number out of what a judge replied: by a choice, by a pattern, or from a field of JSON. Asks nobody. */
import { runInNewContext } from 'node:vm';
import type { VerdictRule } from '../../spec/rewards/verdict.js';
import { shortened } from '../../outgoing/text.js';

export interface Verdict {
  readonly score: number;
  /** What stands for the score in the reply. */
  readonly text: string;
}

type Reader<T extends VerdictRule['type']> = (
  rule: Extract<VerdictRule, { type: T }>,
) => (reply: string) => { readonly text: string; readonly score: number } | null;

/** What a pattern that backtracks may take. */
const PATTERN_MS = 200;

const readers: { readonly [T in VerdictRule['type']]: Reader<T> } = {
  choice: ({ scores }) => {
    const choices = Object.entries(scores).map(([text, score]) => ({ text, score }));
    const byName = new Map(choices.map((one) => [one.text.toLowerCase(), one]));
    const names = Object.keys(scores).toSorted((a, b) => b.length - a.length);
    const pattern = String.raw`(?<![\p{L}\p{N}_])(?:${names.map(escaped).join('|')})(?![\p{L}\p{N}_])`;
    const choice = new RegExp(pattern, 'giu');
    return (reply) => byName.get([...reply.matchAll(choice)].at(-1)?.[0].toLowerCase() ?? '') ?? null;
  },
  regex: ({ pattern }) => {
    return (reply) => {
      const text = lastMatch(pattern, reply);
      return text === null ? null : { text, score: numberIn(text) };
    };
  },
  json: ({ field }) => {
    return (reply) => {
      const value = field.split('.').reduce<unknown>((inner, name) => fieldOf(inner, name), jsonIn(reply));
      return value === undefined ? null : { text: JSON.stringify(value), score: numberIn(value) };
    };
  },
};

/** @returns what reads a verdict, and throws an error with the reply where there is none */
export function verdictReader(rule: VerdictRule): (reply: string) => Verdict {
  const read = (readers[rule.type] as Reader<VerdictRule['type']>)(rule);
  return (reply) => {
    const verdict = read(reply);
    if (verdict === null || !Number.isFinite(verdict.score))
      throw new Error(`the judge’s reply has no ${whatFor(rule)}: ${shortened(reply)}`);
    return verdict;
  };
}

/**
 * The object of a reply that may have something around it, such as a code fence.
 * @returns undefined where there is none
 */
export function jsonIn(reply: string): unknown {
  try {
    return JSON.parse(reply.slice(reply.indexOf('{'), reply.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}

function whatFor(rule: VerdictRule): string {
  if (rule.type === 'choice') return `verdict (${Object.keys(rule.scores).join(', ')})`;
  return rule.type === 'json' ? `number in the JSON field ${rule.field}` : `number that ${rule.pattern} finds`;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

/** The first group of the last match, or all of that. A user's pattern may take for ever, which only a limit within V8 ends. */
function lastMatch(pattern: string, text: string): string | null {
  const code = `(() => { const last = [...text.matchAll(new RegExp(pattern, 'g'))].at(-1); return last ? last[1] ?? last[0] : null; })()`;
  try {
    return runInNewContext(code, { pattern, text }, { timeout: PATTERN_MS }) as string | null;
  } catch {
    throw new Error(`the pattern ${pattern} took longer than ${PATTERN_MS} ms on the judge’s reply; make it simpler`);
  }
}

function numberIn(value: unknown): number {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

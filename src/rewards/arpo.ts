/**
 * The reward of ARPO: -1 for a bad format, else the F1 of the boxed answer, plus 0.1 when it is not zero and both tools were used.
 * `reference` agrees with the released scorer in every quirk; `bough` mends, one named rule each, what rewards the wrong thing in training.
 */
import { checkFormat, type FormatProblem } from './arpo-format.js';
import { lastBoxed } from '../spec/boxed.js';
import type { NormalisationRules } from './normalise.js';
import { mendBackspace, outline, referenceTexts, wholeText } from './response-text.js';
import type { Reference, ResponsePart, RewardItem, RewardScore } from './reward.js';
import { tokenF1 } from './token-f1.js';

export type ArpoFidelity = 'bough' | 'reference';

/** The check that decided the reward. */
export type ArpoReason = FormatProblem | 'box_unparsable' | 'zero_f1' | 'f1' | 'f1_both_tools';

interface ArpoRules extends NormalisationRules {
  /** Tags inside a tool call or its result, such as print('<result>') or a page about HTML, are text and no part of the format. */
  readonly ignoreCallText: boolean;
  /** The bonus needs a call of each tool that was answered; otherwise the two closing tags anywhere earn it. */
  readonly bonusNeedsCalls: boolean;
  /** U+0008 followed by `oxed` is a `\boxed` that lost its backslash, as the paper's training prompts spell it. */
  readonly mendBackspace: boolean;
  /** A number is a reference like its text; the released scorer raises. */
  readonly numberReferences: boolean;
}

const rules: Readonly<Record<ArpoFidelity, ArpoRules>> = {
  bough: {
    ignoreCallText: true,
    bonusNeedsCalls: true,
    mendBackspace: true,
    numberReferences: true,
    keepNumbers: true,
    unwrapText: true,
    keepLoneArticle: true,
    allScripts: true,
  },
  reference: {
    ignoreCallText: false,
    bonusNeedsCalls: false,
    mendBackspace: false,
    numberReferences: false,
    keepNumbers: false,
    unwrapText: false,
    keepLoneArticle: false,
    allScripts: false,
  },
};

const BOTH_TOOLS_BONUS = 0.1;

/**
 * How `fidelity` scores one answer.
 * @throws {TypeError} for a reference that is a number under `reference`, as the released scorer does
 */
export function arpoReward(fidelity: ArpoFidelity): (item: RewardItem) => RewardScore {
  const applied = rules[fidelity];
  return ({ response, reference }) => {
    const references = referencesUnder(applied, reference);
    let text = applied.ignoreCallText ? outline(response) : wholeText(response);
    if (applied.mendBackspace) text = mendBackspace(text);
    const format = checkFormat(text);
    if ('problem' in format) return badFormat(format.problem);
    const answer = lastBoxed(format.answer);
    if (answer === null) return badFormat('box_unparsable');
    const f1 = tokenF1(answer, references, applied);
    if (f1 === 0) return scored(answer, 0, 0, 'zero_f1');
    const bothTools = applied.bonusNeedsCalls
      ? calledBoth(response)
      : text.includes('</search>') && text.includes('</python>');
    return bothTools ? scored(answer, f1, BOTH_TOOLS_BONUS, 'f1_both_tools') : scored(answer, f1, 0, 'f1');
  };
}

function referencesUnder({ numberReferences }: ArpoRules, reference: Reference): string[] {
  if (!numberReferences && [reference].flat().some((one) => typeof one === 'number')) {
    throw new TypeError('fidelity reference takes references that are text: quote the number, or use fidelity bough');
  }
  return referenceTexts(reference);
}

/** The paper's two tools, whatever else the run has. */
function calledBoth(response: readonly ResponsePart[]): boolean {
  return ['search', 'python'].every((name) => response.some(({ kind, tool }) => kind === 'call' && tool === name));
}

function badFormat(problem: FormatProblem | 'box_unparsable'): RewardScore {
  return {
    reward: -1,
    parts: { format: -1, f1: 0, both_tools: 0 },
    flags: [problem],
    answer: null,
    formatValid: false,
  };
}

function scored(answer: string, f1: number, bonus: number, reason: ArpoReason): RewardScore {
  return {
    reward: f1 + bonus,
    parts: { format: 0, f1, both_tools: bonus },
    flags: [reason],
    answer,
    formatValid: true,
  };
}

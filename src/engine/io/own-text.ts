/**
 * What an assistant wrote, made fit to be shown to a chat template: the template sees it as it is, but no control token in it, nor any that is put together
 * from parts of it, can be mistaken for one of the template's own. Not the renderer: see chat.ts.
 */
import type { AddedToken } from './added-tokens.js';

/** Noncharacters of Unicode, one UTF-16 unit each, which stand in no text that is exchanged. */
const FIRST_STAND_IN = 0xfdd0;
const MAX_STAND_INS = 32;

/** Characters that templates look for in an answer, in `<think>` and `</think>`: they are disguised only where a control token has no other. */
const LOOKED_FOR = '<>/think';

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

/** Of each control token one character that is disguised wherever an assistant wrote it; a punctuation mark where there is one. */
function telltales(controls: readonly AddedToken[]): string[] {
  const chosen: string[] = [];
  for (const { content } of controls) {
    if (chosen.some((character) => content.includes(character))) continue;
    const visible = content.split('').filter((character) => character.trim() !== '');
    const free = visible.filter((character) => !LOOKED_FOR.includes(character));
    const telltale = free.find((character) => /[^\w]/.test(character)) ?? free[0] ?? visible[0];
    if (telltale !== undefined) chosen.push(telltale);
  }
  return chosen.slice(0, MAX_STAND_INS);
}

export class OwnText {
  private readonly standIns: ReadonlyMap<string, string>;
  private readonly originals: ReadonlyMap<string, string>;
  private readonly kept: RegExp | null;

  /** `isControl` divides the tokenizer's added tokens; those that are not control may stand in what an assistant wrote. */
  constructor(added: readonly AddedToken[], isControl: (token: AddedToken) => boolean) {
    const characters = telltales(added.filter(isControl));
    const pairs = characters.map((character, i) => [character, String.fromCharCode(FIRST_STAND_IN + i)] as const);
    this.standIns = new Map(pairs);
    this.originals = new Map(pairs.map(([character, standIn]) => [standIn, character]));
    const kept = added.filter((token) => token.content !== '' && !isControl(token)).map(({ content }) => content);
    kept.sort((a, b) => b.length - a.length);
    this.kept = kept.length === 0 ? null : new RegExp(`(${kept.map(escaped).join('|')})`);
  }

  /** The text with a stand-in for each telltale character, of the same length; tokens that are not control stay whole. */
  disguise(text: string): string {
    const parts = this.kept ? text.split(this.kept) : [text];
    return parts.map((part, i) => (i % 2 === 1 ? part : substitute(part, this.standIns))).join('');
  }

  reveal(text: string): string {
    return substitute(text, this.originals);
  }
}

function substitute(text: string, by: ReadonlyMap<string, string>): string {
  let substituted = text;
  for (const [from, to] of by) substituted = substituted.replaceAll(from, to);
  return substituted;
}

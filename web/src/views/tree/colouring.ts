/** What the colour of a token says. Pure. */
import type { Segment } from '../../api/rollouts.ts';

export const COLOURINGS = ['advantage', 'entropy', 'log-prob', 'loss mask'] as const;
export type Colouring = (typeof COLOURINGS)[number];

export const meanings: Readonly<Record<Colouring, string>> = {
  advantage: 'Green: made more likely. Red: made less likely.',
  entropy: 'The darker, the less certain the policy was of its next token.',
  'log-prob': 'The darker, the less likely the token was that was drawn.',
  'loss mask': 'Blue: sampled by the policy, and trained on.',
};

/** Nats from which on a token is as dark as it gets. */
const DARK_NATS = 2;
/** Advantages are deviations from the group's mean in units of its spread. */
const FULL_ADVANTAGE = 1.5;

/** `{sign, strength}` of one token: sign -1, 0 or 1; strength 0 to 1. Null where there is nothing to say. */
export interface Tint {
  readonly tone: 'good' | 'bad' | 'heat' | 'mask';
  readonly strength: number;
}

export function tokenTint(segment: Segment, index: number, colouring: Colouring): Tint | null {
  if (segment.kind !== 'model') return null;
  switch (colouring) {
    case 'advantage':
      return advantageTint(segment.advantages?.[index] ?? null);
    case 'entropy':
      return heat(segment.entropies?.[index] ?? null);
    case 'log-prob':
      return heat(negated(segment.logprobs?.[index] ?? null));
    case 'loss mask':
      return segment.advantages === null ? null : { tone: 'mask', strength: 0.5 };
  }
}

/** Of a whole segment: the mean of its tokens. */
export function segmentTint(segment: Segment, colouring: Colouring): Tint | null {
  if (segment.kind !== 'model') return null;
  if (colouring === 'advantage') return advantageTint(mean(segment.advantages));
  if (colouring === 'entropy') return heat(scaled(mean(segment.entropies)));
  if (colouring === 'log-prob') return heat(scaled(negated(mean(segment.logprobs))));
  return tokenTint(segment, 0, colouring);
}

/** Means over a segment are far smaller than the tokens that stand out in it. */
const scaled = (value: number | null) => (value === null ? null : value * 6);
const negated = (value: number | null) => (value === null ? null : -value);

function advantageTint(advantage: number | null): Tint | null {
  if (advantage === null) return null;
  return { tone: advantage < 0 ? 'bad' : 'good', strength: Math.min(1, Math.abs(advantage) / FULL_ADVANTAGE) };
}

function heat(nats: number | null): Tint | null {
  return nats === null ? null : { tone: 'heat', strength: Math.min(1, Math.max(0, nats) / DARK_NATS) };
}

function mean(values: readonly (number | null)[] | null): number | null {
  const known = (values ?? []).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** As a background: a colour of the theme, more or less of it. */
export function background(tint: Tint | null): string | undefined {
  if (tint === null || tint.strength < 0.02) return undefined;
  return `color-mix(in oklab, var(--tint-${tint.tone}) ${Math.round(8 + tint.strength * 82)}%, transparent)`;
}

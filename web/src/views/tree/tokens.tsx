/** What the policy wrote, token by token in the colour that was asked for; as a whole where the tokens are not known. */
import { memo, useState } from 'react';
import type { Segment } from '../../api/rollouts.ts';
import { count, figure } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { background, segmentTint, tokenTint, type Colouring } from './colouring.ts';
import { differing } from './differing.ts';
import type { SplitText } from './split-text.ts';
import { LongText } from '../../ui/long-text.tsx';

export interface TokensProps {
  readonly segment: Segment;
  /** What the trajectory beside it has in its place. */
  readonly other: Segment | undefined;
  readonly colouring: Colouring;
  readonly split: SplitText | null;
}

const FIRST = 1500;

export const Tokens = memo(function Tokens({ segment, other, colouring, split }: TokensProps) {
  const [shown, setShown] = useState(FIRST);
  const parts = split?.(segment.token_ids, segment.text);
  if (!parts) {
    return (
      <div style={{ background: background(segmentTint(segment, colouring)) }}>
        <LongText text={segment.text} />
      </div>
    );
  }
  const [from, to] = other ? differing(segment.token_ids, other.token_ids) : [0, 0];
  return (
    <div className="text tokens">
      {parts.slice(0, shown).map((part, i) => (
        <span
          // The tokens of a segment do not change.
          // oxlint-disable-next-line react/no-array-index-key
          key={i}
          className={i >= from && i < to ? 'token token-other' : 'token'}
          style={{ background: background(tokenTint(segment, i, colouring)) }}
          title={said(segment, i)}
        >
          {safeText(part)}
        </span>
      ))}
      {parts.length > shown && (
        <Button className="more" onClick={() => setShown(shown * 4)}>
          {count(parts.length - shown)} tokens more
        </Button>
      )}
    </div>
  );
});

function said({ token_ids, entropies, logprobs, advantages }: Segment, index: number): string {
  const values = [
    ['entropy', entropies],
    ['log-prob', logprobs],
    ['advantage', advantages],
  ] as const;
  return [`token ${token_ids[index]}`, ...values.map(([name, all]) => `${name} ${figure(all?.[index])}`)].join(' · ');
}

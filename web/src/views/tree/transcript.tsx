/** A trajectory from the prompt to its end. Where there is another beside it, what both have in common is pale. */
import type { Segment } from '../../api/rollouts.ts';
import { change, figure } from '../../format/figures.ts';
import type { Colouring } from './colouring.ts';
import type { SplitText } from './split-text.ts';
import { LongText } from '../../ui/long-text.tsx';
import { Tokens } from './tokens.tsx';
import { ToolCall } from './tool-call.tsx';

export interface TranscriptProps {
  readonly segments: readonly Segment[];
  /** Of the trajectory beside it. */
  readonly others: readonly Segment[] | undefined;
  readonly colouring: Colouring;
  readonly split: SplitText | null;
}

export function Transcript({ segments, others, colouring, split }: TranscriptProps) {
  const shared = new Set(others?.map(({ id }) => id));
  return (
    <ol className="transcript">
      {segments.map((segment, i) => {
        const isShared = shared.has(segment.id);
        return (
          <li key={segment.id} className={`segment segment-${segment.kind} ${isShared ? 'segment-shared' : ''}`}>
            <Decision segment={segment} />
            {segment.kind === 'model' ? (
              <Tokens
                segment={segment}
                other={isShared ? undefined : others?.[i]}
                colouring={colouring}
                split={split}
              />
            ) : segment.tool ? (
              <ToolCall tool={segment.tool} />
            ) : (
              <LongText text={segment.text} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** What was decided at the tool result before this segment. */
function Decision({ segment }: { segment: Segment }) {
  const { forks, forked, delta_entropy: delta, branch_probability: probability } = segment;
  if (forked) return <p className="decision decision-taken">A fork: it goes on otherwise from here.</p>;
  if (!forks) return null;
  const outcome =
    forks.granted > 0
      ? `${forks.granted === 1 ? 'one fork was' : `${forks.granted} forks were`} taken`
      : forks.wanted > 0
        ? 'a fork was drawn, but no slot was left'
        : 'the draw gave no fork';
  return (
    <p className={`decision ${forks.granted > 0 ? 'decision-taken' : ''}`}>
      ΔH {change(delta)}, P {figure(probability)}: {outcome}
    </p>
  );
}

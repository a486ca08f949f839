/** A call with what came of it, folded until it is asked for. */
import { Collapsible } from '@base-ui/react/collapsible';
import type { Segment } from '../../api/rollouts.ts';
import { figure } from '../../format/figures.ts';
import { safeText } from '../../ui/safe-text.ts';
import { LongText } from '../../ui/long-text.tsx';

const outcomes = { ok: 'ok', program_error: 'program error', infra_error: 'infra_error' } as const;
const MAX_GLANCE = 120;

export function ToolCall({ tool }: { tool: NonNullable<Segment['tool']> }) {
  return (
    <Collapsible.Root className={`call call-${tool.outcome}`}>
      <Collapsible.Trigger className="call-head">
        <span className="call-name">{safeText(tool.name)}</span>
        <span className="call-glance">
          {safeText(tool.input.trim().slice(0, MAX_GLANCE))} <span className="faint">→</span>{' '}
          {safeText(tool.text.trim().slice(0, MAX_GLANCE))}
        </span>
        <span className="call-end">
          {tool.outcome !== 'ok' && <span className="tag tag-bad">{outcomes[tool.outcome]}</span>}
          <span className="small faint">{figure(tool.latency_ms)} ms</span>
        </span>
      </Collapsible.Trigger>
      <Collapsible.Panel className="call-panel">
        <h3>Arguments</h3>
        <LongText text={tool.input} />
        <h3>Result</h3>
        <LongText text={tool.text} />
        <p className="small faint mono">call {safeText(tool.call)}</p>
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}

/** One answer of an evaluation, whole. */
import type { EvaluationItem } from '../../api/evaluations.ts';
import { figure } from '../../format/figures.ts';
import { DetailDialog } from '../../ui/detail-dialog.tsx';
import { safeText } from '../../ui/safe-text.ts';

export function Answer({ item, onClose }: { item: EvaluationItem; onClose: () => void }) {
  return (
    <DetailDialog
      title={safeText(item.question?.slice(0, 300) ?? `Example ${item.example}`)}
      text={item.response}
      onClose={onClose}
    >
      <dl className="pairs">
        <dt>Answer</dt>
        <dd>{safeText(item.answer?.trim().slice(0, 400) ?? '–')}</dd>
        <dt>Expected</dt>
        <dd>{safeText(item.references?.join(' or ').slice(0, 400) ?? '–')}</dd>
        <dt>Reward</dt>
        <dd>
          {figure(item.reward)}{' '}
          <span className="muted">
            {Object.entries(item.parts)
              .map(([name, value]) => `${safeText(name)} ${figure(value)}`)
              .join(', ')}
          </span>
        </dd>
        <dt>Why</dt>
        <dd>{safeText(item.flags.join(', ').slice(0, 600)) || '–'}</dd>
        <dt>Ended by</dt>
        <dd>{item.finish_reason}</dd>
      </dl>
    </DetailDialog>
  );
}

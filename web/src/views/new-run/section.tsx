/** A group of fields, folded until it is asked for or something in it is wrong. */
import { Prose } from '../../ui/prose.tsx';
import type { Problem } from './form.ts';
import { FormField, Fields } from './field.tsx';
import type { Field } from './schema.ts';

export interface SectionProps {
  readonly field: Field;
  readonly given: unknown;
  readonly problems: readonly Problem[];
}

export function Section({ field, given, problems }: SectionProps) {
  const { name, shape, description } = field;
  const set = typeof given === 'object' && given !== null ? Object.keys(given).length : given === undefined ? 0 : 1;
  return (
    <details className="card section-fold" open={problems.length > 0 || undefined}>
      <summary>
        <span className="mono section-name">{name}</span>
        {set > 0 && <span className="tag">{set} given</span>}
        {problems.length > 0 && <span className="tag tag-bad">{problems.length} wrong</span>}
      </summary>
      {shape.kind === 'object' ? (
        <>
          {description !== undefined && (
            <p className="field-hint">
              <Prose text={description} />
            </p>
          )}
          <Fields fields={shape.fields} path={[name]} />
        </>
      ) : (
        <FormField field={field} path={[name]} />
      )}
    </details>
  );
}

/** A field of a form, made from its schema; what is within it is made the same way. */
import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Prose } from '../../ui/prose.tsx';
import { useForm } from './form.ts';
import { Input } from './input.tsx';
import { pathText, type Path } from './paths.ts';
import type { Field, Shape } from './schema.ts';

export function FormField({ field, path }: { field: Field; path: Path }) {
  const { name, shape, description, isRequired } = field;
  const inner = shape.kind === 'nullable' ? shape.inner : shape;
  const isNested = ['object', 'list', 'union'].includes(inner.kind);
  const { problems } = useForm();
  const id = pathText(path);
  const own = problems.filter((problem) => problem.path === id);
  const words = (
    <span id={`${id}-about`} className="field-about">
      {own.map(({ message }) => (
        <span key={message} className="field-problem">
          {message}
        </span>
      ))}
      {description !== undefined && (
        <span className="field-hint">
          <Prose text={description} />
        </span>
      )}
    </span>
  );
  const label = (
    <span className="field-label mono">
      {name}
      {isRequired && <span className="bad"> *</span>}
    </span>
  );
  if (isNested) {
    return (
      <fieldset className="field field-wide nested" id={id} tabIndex={-1}>
        <legend>{label}</legend>
        {words}
        <Inside shape={shape} path={path} label={name} />
      </fieldset>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Input shape={shape} path={path} isInvalid={own.length > 0} />
      {words}
    </div>
  );
}

function Inside({ shape, path, label }: { shape: Shape; path: Path; label: string }): ReactNode {
  const { read, write, defaultOf } = useForm();
  switch (shape.kind) {
    case 'nullable':
      return <Optional shape={shape.inner} path={path} label={label} />;
    case 'object':
      return <Fields fields={shape.fields} path={path} />;
    case 'union': {
      const given = read([...path, shape.by]);
      const members = typeof given === 'string' ? (shape.members[given] ?? []) : [];
      return (
        <>
          <select
            className="select"
            aria-label={`${label}: ${shape.by}`}
            value={typeof given === 'string' ? given : ''}
            onChange={({ target: { value } }) => write(path, value === '' ? undefined : { [shape.by]: value })}
          >
            <option value="">{['default', defaultOf([...path, shape.by])].filter(Boolean).join(': ')}</option>
            {Object.keys(shape.members).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <Fields fields={members} path={path} />
        </>
      );
    }
    case 'list': {
      const given = read(path);
      const items = Array.isArray(given) ? (given as unknown[]) : [];
      const first = shape.item.kind === 'union' ? { [shape.item.by]: Object.keys(shape.item.members)[0] } : {};
      return (
        <>
          {items.map((_, i) => (
            // Elements have no name but their place.
            // oxlint-disable-next-line react/no-array-index-key
            <div key={i} className="list-item" id={pathText([...path, i])} tabIndex={-1}>
              <Inside shape={shape.item} path={[...path, i]} label={`${label} ${i + 1}`} />
              <Button kind="quiet" onClick={() => write([...path, i], undefined)}>
                Remove
              </Button>
            </div>
          ))}
          <Button onClick={() => write([...path, items.length], first)}>Add to {label}</Button>
        </>
      );
    }
    default:
      return <Input shape={shape} path={path} isInvalid={false} label={label} />;
  }
}

/** Left to its default, switched off, or given. */
function Optional({ shape, path, label }: { shape: Shape; path: Path; label: string }) {
  const { read, write } = useForm();
  const given = read(path);
  const state = given === undefined ? '' : given === null ? 'null' : 'given';
  return (
    <>
      <select
        className="select"
        aria-label={label}
        value={state}
        onChange={({ target: { value } }) => write(path, value === '' ? undefined : value === 'null' ? null : {})}
      >
        <option value="">default</option>
        <option value="null">none</option>
        <option value="given">as follows</option>
      </select>
      {state === 'given' && <Inside shape={shape} path={path} label={label} />}
    </>
  );
}

export function Fields({ fields, path }: { fields: readonly Field[]; path: Path }) {
  if (fields.length === 0) return null;
  return (
    <div className="fields">
      {fields.map((field) => (
        <FormField key={field.name} field={field} path={[...path, field.name]} />
      ))}
    </div>
  );
}

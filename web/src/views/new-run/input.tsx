/** The field of a single value. Empty is its default, which is shown where it is known. */
import { useState } from 'react';
import { safeText } from '../../ui/safe-text.ts';
import { useForm } from './form.ts';
import { pathText, type Path } from './paths.ts';
import type { Shape } from './schema.ts';

export interface InputProps {
  readonly shape: Shape;
  readonly path: Path;
  readonly isInvalid: boolean;
  /** Where no label is around it. */
  readonly label?: string;
}

export function Input({ shape, path, isInvalid, label }: InputProps) {
  const { read, write, defaultOf, datasets, models } = useForm();
  const given = read(path);
  const standard = defaultOf(path);
  const id = pathText(path);
  const common = {
    id,
    'aria-label': label,
    'aria-invalid': isInvalid || undefined,
    'aria-describedby': `${id}-about`,
  };
  const set = (value: unknown) => write(path, value === '' ? undefined : value);
  const placeholder = standard === undefined ? '' : JSON.stringify(standard).replaceAll('"', '');
  switch (shape.kind) {
    case 'nullable':
      return <Input shape={shape.inner} path={path} isInvalid={isInvalid} {...(label !== undefined && { label })} />;
    case 'choice':
    case 'switch': {
      const values = shape.kind === 'choice' ? shape.values : ['true', 'false'];
      const parse = (text: string) => (shape.kind === 'switch' && text !== '' ? text === 'true' : text);
      return (
        <select
          {...common}
          className="select"
          value={typeof given === 'string' || typeof given === 'boolean' ? String(given) : ''}
          onChange={(event) => set(parse(event.target.value))}
        >
          <option value="">{placeholder === '' ? 'default' : `default: ${placeholder}`}</option>
          {values.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
      );
    }
    case 'number':
      return (
        <input
          {...common}
          className="input"
          type="number"
          step={shape.isWhole ? 1 : 'any'}
          min={shape.min}
          max={shape.max}
          placeholder={placeholder}
          value={typeof given === 'number' ? given : ''}
          onChange={({ target }) => set(target.value === '' ? '' : target.valueAsNumber)}
        />
      );
    case 'reference': {
      const options = shape.to === 'dataset' ? datasets : models;
      return (
        <>
          <input
            {...common}
            className="input mono"
            list={`${id}-options`}
            placeholder={placeholder === '' ? (shape.to === 'dataset' ? 'ds_…' : 'mdl_… or ckpt_…') : placeholder}
            value={typeof given === 'string' ? given : ''}
            onChange={(event) => set(event.target.value)}
          />
          <datalist id={`${id}-options`}>
            {options.map((option) => (
              <option key={option.id} value={option.id}>
                {option.name}
              </option>
            ))}
          </datalist>
          {options.map(
            ({ id: one, name }) =>
              one === given && (
                <span key={one} className="field-hint">
                  {safeText(name)}
                </span>
              ),
          )}
        </>
      );
    }
    case 'text': {
      const text = { ...common, className: 'input', placeholder, value: typeof given === 'string' ? given : '' };
      return shape.isLong ? (
        <textarea {...text} rows={3} onChange={(event) => set(event.target.value)} />
      ) : (
        <input {...text} onChange={(event) => set(event.target.value)} />
      );
    }
    default:
      return <JsonInput {...common} placeholder={placeholder} value={given} onChange={set} />;
  }
}

interface JsonInputProps {
  readonly id: string;
  readonly placeholder: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Written as JSON; what is not whole yet is kept back. */
function JsonInput({ value, onChange, placeholder, ...common }: JsonInputProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value)));
  const [isWhole, setWhole] = useState(true);
  const change = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next));
      setWhole(true);
    } catch {
      setWhole(false);
    }
  };
  return (
    <>
      <input
        {...common}
        className="input mono"
        placeholder={placeholder === '' ? 'JSON' : placeholder}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      {!isWhole && <span className="field-problem">This is not JSON yet.</span>}
    </>
  );
}

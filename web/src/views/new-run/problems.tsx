/** All that is wrong with a spec, with a way to each field. */
import { Notice } from '../../ui/notice.tsx';
import type { Problem } from './form.ts';

/** @param props.known the fields of the first level that the form has */
export function Problems({ problems, known }: { problems: readonly Problem[]; known: ReadonlySet<string> }) {
  if (problems.length === 0) return null;
  return (
    <Notice level="error">
      <ul>
        {problems.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {known.has(/^\w*/.exec(path)?.[0] ?? '') ? (
              <button type="button" className="link mono" onClick={() => show(path)}>
                {path}
              </button>
            ) : (
              <b className="mono">{path}</b>
            )}{' '}
            {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Goes to the field, or to what it is in. */
function show(path: string): void {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.search(/[.[][^.[]*$/)))) {
    const field = document.getElementById(at);
    if (!field) continue;
    field.closest('details')?.setAttribute('open', '');
    field.focus();
    field.scrollIntoView({ block: 'center' });
    return;
  }
}

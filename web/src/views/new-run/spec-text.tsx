/** The same spec as text: JSON, which can be written too, and what posts it from elsewhere. */
import { useState } from 'react';
import { curlCommand } from '../../format/curl.ts';
import { Copy } from '../../ui/copy.tsx';
import { Toggles } from '../../ui/toggles.tsx';
import type { Spec } from './paths.ts';

const forms = ['JSON', 'curl', 'TypeScript'] as const;

export function SpecText({ spec, onChange }: { spec: Spec; onChange: (spec: Spec) => void }) {
  const [form, setForm] = useState<(typeof forms)[number]>('JSON');
  const [draft, setDraft] = useState<string | null>(null);
  const json = JSON.stringify(spec, null, 2);
  const text = { JSON: json, curl: curlCommand(location.origin, '/v1/runs', spec), TypeScript: typescript(json) }[form];
  const write = (next: string) => {
    try {
      const parsed: unknown = JSON.parse(next);
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
        throw new SyntaxError('not an object');
      onChange(parsed as Spec);
      setDraft(null);
    } catch {
      setDraft(next);
    }
  };
  return (
    <section className="document">
      <header className="document-head">
        <Toggles label="Form" names={forms} chosen={form} onChoose={setForm} />
        <Copy text={text} />
      </header>
      {form === 'JSON' ? (
        <>
          <textarea
            className="code code-input"
            aria-label="Spec as JSON"
            spellCheck={false}
            rows={Math.min(30, (draft ?? json).split('\n').length + 1)}
            value={draft ?? json}
            onChange={(event) => write(event.target.value)}
          />
          {draft !== null && <p className="field-problem code-note">This is not JSON yet.</p>}
        </>
      ) : (
        // Scrolled with the keyboard, once it is reached.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="code" tabIndex={0}>
          {text}
        </pre>
      )}
    </section>
  );
}

function typescript(json: string): string {
  return `import { createBough, unwrap } from 'bough/client';

const bough = createBough({ baseUrl: '${location.origin}', apiKey: process.env.BOUGH_API_KEY! });
const run = unwrap(await bough.api.POST('/v1/runs', {
  body: ${json.replaceAll('\n', '\n  ')},
}));
console.log(run.id);`;
}

/** A value as JSON, to be read and copied. */
import type { ReactNode } from 'react';
import { Copy } from './copy.tsx';
import { safeText } from './safe-text.ts';

export function JsonDocument({ title, value, beside }: { title: string; value: unknown; beside?: ReactNode }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <section className="document">
      <header className="document-head">
        <h2>{title}</h2>
        <span>
          {beside}
          <Copy text={text} label="Copy JSON" />
        </span>
      </header>
      {/* Scrolled with the keyboard, once it is reached. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="code" tabIndex={0}>
        {safeText(text)}
      </pre>
    </section>
  );
}

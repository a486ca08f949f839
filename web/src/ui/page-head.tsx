/** The head of a view: where it is, what it is called, what can be done; it also names the tab of the browser. */
import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';

export interface PageHeadProps {
  readonly title: string;
  /** Where this is within something else: name and path. */
  readonly trail?: readonly (readonly [name: string, path: string])[];
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHead({ title, trail = [], beside, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Bough`;
  }, [title]);
  return (
    <header className="page-head">
      <div className="page-head-words">
        {trail.length > 0 && (
          <nav className="trail" aria-label="Breadcrumbs">
            {trail.map(([name, path]) => (
              <Link key={path} href={path}>
                {name}
              </Link>
            ))}
          </nav>
        )}
        <div className="page-head-title">
          <h1>{title}</h1>
          {beside}
        </div>
      </div>
      {actions !== undefined && <div className="page-head-actions">{actions}</div>}
    </header>
  );
}

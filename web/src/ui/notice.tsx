/** Something to be noticed: read out when it appears, where it is an error. */
import type { ReactNode } from 'react';

export function Notice({ level, children }: { level: 'info' | 'warn' | 'error'; children: ReactNode }) {
  return (
    <div className={`notice notice-${level}`} role={level === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

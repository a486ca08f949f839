/** Light or dark: as the system says, unless the user has chosen. The choice is no secret, and is kept for all tabs. */
import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'bough.theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  dispatchEvent(new Event('bough:theme'));
}

function stored(): Theme {
  const found = localStorage.getItem(STORED);
  return themes.find((theme) => theme === found) ?? 'system';
}

apply(stored());

/** The theme, and what goes on to the next one. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(stored);
  const next = () => {
    const chosen = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
    localStorage.setItem(STORED, chosen);
    apply(chosen);
    setTheme(chosen);
  };
  return [theme, next];
}

/** Where the code of a thread lies: beside this file, compiled like it, or as TypeScript like it (in tests, whose Node can load that). */
export const threadUrl = (name: 'build-thread' | 'search-thread'): URL =>
  new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

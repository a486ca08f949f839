/**
 * Where the code of a thread lies: beside the file that starts it, compiled like that one, or as TypeScript like it (in tests, whose Node can load that).
 * @param startedFrom `import.meta.url` of that file
 */
export const threadUrl = (name: string, startedFrom: string): URL =>
  new URL(`./${name}${startedFrom.endsWith('.ts') ? '.ts' : '.js'}`, startedFrom);

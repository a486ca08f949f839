/** The table of methods in docs/training.md, which `npm run openapi` writes between its two marks. */
import { arxivUrl, type Method } from './method.js';

export function methodsMarkdown(methods: readonly Method[]): string {
  const rows = methods.map(({ name, summary, arxiv }) => {
    const paper = arxiv === null ? '' : `[${arxiv}](${arxivUrl(arxiv)})`;
    return [`\`${name}\``, summary, paper];
  });
  const table = [['`method`', 'what it does', 'paper'], ['---', '---', '---'], ...rows];
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const MARKED = /(<!-- methods[^>]*-->\n)[^]*?(\n<!-- \/methods -->)/;

/**
 * The document with the table as it has to be.
 * @throws {Error} where the document has no marks
 */
export function withMethods(document: string, methods: readonly Method[]): string {
  if (!MARKED.test(document)) throw new Error('the document has no <!-- methods --> … <!-- /methods -->');
  return document.replace(MARKED, (_, before: string, after: string) => before + methodsMarkdown(methods) + after);
}

/**
 * A thread that takes the text out of pages, one after the other. Runs no script of a page and fetches nothing that it names. It is stopped from outside:
 * pages can be written so that reading them takes minutes.
 */
import { parentPort } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { getDocumentProxy } from 'unpdf';

export type GivenPage =
  | { readonly kind: 'html'; readonly text: string }
  | { readonly kind: 'pdf'; readonly bytes: Uint8Array; readonly words: number };

export type MadeText = { readonly text: string } | { readonly problem: string };

/** Before and after which a line of text ends. */
const BLOCKS = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE BR DD DIV DL DT FIGCAPTION FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TD TH TR UL'.split(
    ' ',
  ),
);
const UNSEEN = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'IFRAME', 'OBJECT', 'SVG', 'HEAD']);

/** The article of a page; of one that has none, all that it shows. */
function htmlText(html: string): string {
  const article = new Readability(documentOf(html), { serializer: (node) => shownText(node as PageNode) }).parse();
  if (article?.content) return [article.title ?? '', article.content].filter((text) => text !== '').join('\n');
  // Reading has taken the document apart.
  return shownText(documentOf(html));
}

/** Text without an element around it is a page, too. */
function documentOf(html: string): ReturnType<typeof parseHTML>['document'] {
  const { document } = parseHTML(html);
  if (document.documentElement?.firstElementChild) return document;
  return parseHTML(`<html><head></head><body>${html}</body></html>`).document;
}

/** As much of a DOM's node as is read here. */
interface PageNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly childNodes: Iterable<PageNode>;
}

const TEXT_NODE = 3;

/** Without recursion: how deep elements lie in each other is the page's choice. */
function shownText(root: PageNode): string {
  const lines = new Lines();
  /** What is still to be shown, the next last; `end`: a line ends. */
  const left: ({ node: PageNode; isPre: boolean } | 'end')[] = [{ node: root, isPre: false }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === 'end') {
      lines.end();
      continue;
    }
    const { node } = next;
    const name = node.nodeName.toUpperCase();
    if (node.nodeType === TEXT_NODE) lines.add(node.nodeValue ?? '', next.isPre);
    else if (!UNSEEN.has(name)) {
      const isPre = next.isPre || name === 'PRE';
      if (BLOCKS.has(name)) {
        lines.end();
        left.push('end');
      }
      for (const child of [...node.childNodes].toReversed()) left.push({ node: child, isPre });
    }
  }
  return lines.text();
}

/** Puts lines together of what follows each other in a page. Lines without text are left out. */
class Lines {
  private readonly ended: string[] = [];
  private line = '';
  /** Whether blanks count in the line, as in code. */
  private isPre = false;

  add(text: string, isPre: boolean): void {
    if (!isPre) {
      this.line += text.replaceAll(/\s+/g, ' ');
      return;
    }
    for (const [i, line] of text.split(/\r\n?|\n/).entries()) {
      if (i > 0) this.end();
      this.isPre = true;
      this.line += line;
    }
  }

  end(): void {
    const shown = this.isPre ? this.line.trimEnd() : this.line.replaceAll(/ +/g, ' ').trim();
    if (shown !== '') this.ended.push(shown);
    this.line = '';
    this.isPre = false;
  }

  text(): string {
    this.end();
    return this.ended.join('\n');
  }
}

/** Of as many pages as it takes for the words that are wanted. */
async function pdfText(bytes: Uint8Array, wanted: number): Promise<string> {
  const document = await getDocumentProxy(bytes);
  const words: string[] = [];
  for (let number = 1; number <= document.numPages && words.length < wanted; number++) {
    const { items } = await (await document.getPage(number)).getTextContent();
    const text = items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : '')).join('');
    for (const word of text.split(/\s+/)) if (word !== '') words.push(word);
  }
  return words.slice(0, wanted).join(' ');
}

async function madeOf(page: GivenPage): Promise<MadeText> {
  try {
    return { text: page.kind === 'html' ? htmlText(page.text) : await pdfText(page.bytes, page.words) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (page: GivenPage) => void madeOf(page).then((made) => parentPort?.postMessage(made)));
parentPort?.postMessage('ready');

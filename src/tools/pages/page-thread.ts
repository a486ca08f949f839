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

/** After which a line of text ends. */
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
  const parts: string[] = [];
  /** What is still to be shown, the next last. */
  const left: (PageNode | '\n')[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node === '\n') parts.push(node);
    else if (node.nodeType === TEXT_NODE) parts.push((node.nodeValue ?? '').replaceAll(/\s+/g, ' '));
    else if (!UNSEEN.has(node.nodeName.toUpperCase())) {
      if (BLOCKS.has(node.nodeName.toUpperCase())) left.push('\n');
      for (const child of [...node.childNodes].toReversed()) left.push(child);
    }
  }
  const lines = parts.join('').split('\n');
  return lines
    .map((line) => line.replaceAll(/ +/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
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

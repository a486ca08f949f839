/** The part of docs/benchmarks.md about searching a corpus, written from results. Pure. */
import { SEARCH_HEADING } from '../harness/document.js';
import type { Results } from '../harness/results.js';
import { formatted, provenanceTable } from '../harness/table.js';
import type { Measured } from './measured.js';

export interface SizeResult {
  readonly documents: number;
  readonly indexBytes: number;
  readonly build: Measured;
  readonly search: Measured;
  /** null: it cannot hold as many. */
  readonly wink: Measured | null;
  /** By embeddings instead, which take so many bytes; null: not measured. */
  readonly dense: { readonly bytes: number; readonly build: Measured; readonly search: Measured } | null;
}

export interface SearchResults extends Pick<Results, 'date' | 'commit' | 'command' | 'machine'> {
  readonly sizes: readonly SizeResult[];
}

const MIB = 2 ** 20;

export function searchPart({ sizes, ...provenance }: SearchResults): string {
  return `${SEARCH_HEADING}

A corpus of documents of about 60 words, as frequent as those of a language (Zipf), searched with \`top_k\` 3 by two clients at once, each with a tool of its own: 2,000 queries of two to six words, each as frequent as in documents, after
500 that do not count. Time is from the call of the tool to the text that a model would see, which is read from PostgreSQL on the same machine. Memory is the peak of the process that has both tools. Beside it wink-bm25-text-search, which scores every document that has a word of
the query and makes its index anew for each job, at the size that it can hold; it is asked 200 of the queries, and its times leave the texts out. A ratio is our figure over its. "Dense" is \`retrieval: dense\` with embeddings of 384 dimensions, which a
server in another process makes of hashed words at next to no cost: making the index is asking for those of all documents, and each query is embedded by a request of its own.

${provenanceTable({ ...provenance, versions: { node: process.versions.node } })}

${searchTable(sizes)}
`;
}

interface Column {
  readonly name: string;
  readonly build: Measured;
  readonly bytes: number;
  readonly search: Measured;
  readonly wink?: Measured;
}

export function searchTable(sizes: readonly SizeResult[]): string {
  const columns = sizes.flatMap(({ documents, indexBytes: bytes, build, search, wink, dense }): Column[] => {
    const name = `${documents.toLocaleString('en')} documents`;
    return [
      { name, build, bytes, search, ...(wink && { wink }) },
      ...(dense ? [{ name: `${name}, dense`, ...dense }] : []),
    ];
  });
  const row = (what: string, ours: (column: Column) => number, theirs: (measured: Measured) => number | null) => [
    what,
    ...columns.flatMap((column) => {
      const our = ours(column);
      const own = `**${formatted(our)}**`;
      if (!column.wink) return [own];
      const peer = theirs(column.wink);
      return [own, peer === null ? '-' : `${formatted(peer)} (${(our / peer).toFixed(2)} ×)`];
    }),
  ];
  const heads = columns.flatMap(({ name, wink }) => (wink ? [name, `${name}, wink`] : [name]));
  const queries = (of: 'perSecond' | 'p50' | 'p99') => (measured: Measured) => measured.queries?.[of] ?? NaN;
  const rows = [
    ['', ...heads],
    ['---', ...heads.map(() => '---:')],
    row(
      'making the index, s (lower is better)',
      ({ build }) => build.seconds,
      ({ seconds }) => seconds,
    ),
    row(
      'peak memory meanwhile, MiB (lower is better)',
      ({ build }) => build.peakBytes / MIB,
      () => null,
    ),
    row(
      'index or embeddings, MiB (lower is better)',
      ({ bytes }) => bytes / MIB,
      () => null,
    ),
    row(
      'opening it twice, s (lower is better)',
      ({ search }) => search.seconds,
      () => null,
    ),
    row('queries/s (higher is better)', ({ search }) => queries('perSecond')(search), queries('perSecond')),
    row('a query, p50, ms (lower is better)', ({ search }) => queries('p50')(search), queries('p50')),
    row('a query, p99, ms (lower is better)', ({ search }) => queries('p99')(search), queries('p99')),
    row(
      'peak memory, MiB (lower is better)',
      ({ search }) => search.peakBytes / MIB,
      ({ peakBytes }) => peakBytes / MIB,
    ),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

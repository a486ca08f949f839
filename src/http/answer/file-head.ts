/** Status and headers of a download, and which bytes it sends. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import { parseRange } from './range.js';
import type { ByteRange } from '../../store/blobs/blob-store.js';
import type { StoredFile } from '../../store/shapes.js';

type FileHeaders = Record<string, string> & { readonly etag: string; readonly 'content-disposition': string };

export interface FileHead {
  status: 200 | 206 | 304;
  headers: FileHeaders;
  /** Null: all bytes. */
  range: ByteRange | null;
}

/** @throws {AppError} RANGE_NOT_SATISFIABLE */
export function fileHead({ name, sha256, size_bytes: size }: StoredFile, given: IncomingHttpHeaders): FileHead {
  const etag = `"${sha256}"`;
  const headers: FileHeaders = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name.split('/').at(-1) ?? name)}`,
  };
  if (matches(given['if-none-match'], etag)) return { status: 304, headers, range: null };
  const isCurrent = given['if-range'] === undefined || given['if-range'] === etag;
  const range = isCurrent ? parseRange(given.range, size) : null;
  if (range === 'unsatisfiable') throw new AppError('RANGE_NOT_SATISFIABLE', { sizeBytes: size });
  if (range === null) return { status: 200, headers: { ...headers, 'content-length': String(size) }, range };
  headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`;
  headers['content-length'] = String(range.end - range.start + 1);
  return { status: 206, headers, range };
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

/** What the routes share under which an object's files are downloaded: one file with its ranges and conditions, and all of them as an archive. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { applyDecorators, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { checkBlob } from '../../store/blobs/check-blob.js';
import type { StoredFile } from '../../store/shapes.js';
import { AnswersBytes } from './answers.js';
import { tarOf } from './archive.js';
import { fileHead } from './file-head.js';
import { streamed } from './streamed.js';

const BYTES = 'application/octet-stream';
const TAR = 'application/x-tar';

/** Documents a route `files/*name`. */
export function AnswersFile(summary: string, operationId: string): MethodDecorator {
  return applyDecorators(
    ApiParam({
      name: 'name',
      description: 'Name of the file; slashes may be written as they are.',
      schema: { type: 'string' },
    }),
    ApiHeader({ name: 'Range', required: false, description: 'One range of bytes.', schema: { type: 'string' } }),
    AnswersBytes(BYTES, {
      summary,
      operationId,
      description: 'The ETag is the sha256 of the file. Takes Range, If-Range and If-None-Match.',
    }),
    ApiResponse({
      status: 206,
      description: 'The range that was asked for',
      content: { [BYTES]: { schema: { type: 'string', format: 'binary' } } },
    }),
    ApiResponse({ status: 304, description: 'The client has the file' }),
    ApiResponse({
      status: 307,
      description:
        'The file is at Location for five minutes, which is asked with the same Range and without the key: only of a service that keeps large files in a bucket and is set so. The ETag of this answer is the sha256.',
      headers: { Location: { schema: { type: 'string', format: 'uri' } } },
    }),
  );
}

/** Documents a route `archive`. */
export function AnswersArchive(summary: string, operationId: string): MethodDecorator {
  return AnswersBytes(TAR, { summary, operationId });
}

/** The name in the parameter of a route `files/*name`. */
export function nameIn(parameter: string | string[]): string {
  return Array.isArray(parameter) ? parameter.join('/') : parameter;
}

/** @throws {AppError} RANGE_NOT_SATISFIABLE, BLOB_MISSING, BLOB_DAMAGED */
export async function answerFile(
  blobs: BlobStore,
  file: StoredFile,
  request: Request,
  response: Response,
): Promise<StreamableFile | undefined> {
  const { status, headers, range } = fileHead(file, request.headers);
  const blob = { sha256: file.sha256, sizeBytes: file.size_bytes };
  // HEAD is answered as GET would be.
  if (status !== 304) await checkBlob(blobs, blob);
  const hasBody = status !== 304 && request.method !== 'HEAD';
  // Elsewhere the file has another ETag, with which If-Range says nothing.
  const isElsewhere = hasBody && request.headers['if-range'] === undefined;
  const link = isElsewhere ? await blobs.link?.(blob, headers['content-disposition']) : null;
  if (link) {
    response.status(307).set({ location: link, etag: headers.etag, 'cache-control': 'no-store' });
    return undefined;
  }
  const bytes = hasBody ? await opened(blobs.open(file.sha256, range ?? undefined)) : undefined;
  response.status(status).set(headers);
  return bytes && streamed(bytes, BYTES);
}

/** Waits for the first bytes: what cannot be read can be said only before the answer has begun. */
async function opened(bytes: Readable): Promise<Readable> {
  await once(bytes, 'readable');
  return bytes;
}

/**
 * All files of an object, below a folder that has its id.
 * @throws {AppError} BLOB_MISSING, BLOB_DAMAGED
 */
export async function answerArchive(
  blobs: BlobStore,
  { id, files, createdAt }: { id: string; files: readonly StoredFile[]; createdAt: Date },
  response: Response,
): Promise<StreamableFile> {
  for (const { sha256, size_bytes: sizeBytes } of files) await checkBlob(blobs, { sha256, sizeBytes });
  response.setHeader('content-disposition', `attachment; filename="${id}.tar"`);
  return streamed(tarOf(blobs, files, { folder: id, modifiedAt: createdAt }), TAR);
}

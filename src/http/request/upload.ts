/**
 * Receives an upload: fields, and one file, which is streamed to the blob store in constant memory. As a form, or with the file as the body;
 * fields may also be in the query. Knows nothing of what is uploaded.
 */
import type { Request } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore, StagedBlob } from '../../store/blobs/blob-store.js';
import { storableText } from '../../store/storable-text.js';
import { FORM_TYPE } from './media-types.js';
import { FORM_OVERHEAD_BYTES, splitForm } from './multipart.js';
import { requestBody, type BodyLimits } from './request-body.js';

export interface Upload {
  /** Texts, by the name of the field. */
  fields: Record<string, string>;
  /** Durable but not in the store yet: keep or discard it. */
  file: StagedBlob;
  fileName: string | null;
}

/** How large the file may be, the setting that says so, and how slowly it may come. */
export interface UploadLimit {
  readonly bytes: number;
  readonly setting: string;
  readonly minBytesPerS: number;
}

/** Characters of a file's name that are kept. */
const MAX_NAME = 200;

/** The pace is an average over so long. */
const PACE_MS = 30_000;

/**
 * @throws {AppError} when it is too large, too slow, malformed, cut off or without a file; nothing is left of it then
 */
export async function receiveUpload(request: Request, blobs: BlobStore, limit: UploadLimit): Promise<Upload> {
  return request.is(FORM_TYPE) ? receiveForm(request, blobs, limit) : receiveFile(request, blobs, limit);
}

/** The body is the file. */
async function receiveFile(request: Request, blobs: BlobStore, limit: UploadLimit): Promise<Upload> {
  const fields = fieldsOf(queryOf(request));
  const file = await blobs.stage(requestBody(request, bodyLimits(limit), unreadable));
  return { fields, file, fileName: null };
}

async function receiveForm(request: Request, blobs: BlobStore, limit: UploadLimit): Promise<Upload> {
  const fields = queryOf(request);
  let staging: Promise<StagedBlob> | undefined;
  let fileName: string | null = null;
  const body = requestBody(
    request,
    { ...bodyLimits(limit), bytes: limit.bytes + FORM_OVERHEAD_BYTES, statedBytes: limit.bytes },
    unreadable,
  );
  try {
    await splitForm(
      body,
      request.headers,
      { maxBytes: limit.bytes, tooLarge: () => tooLarge(limit) },
      {
        onField: (field, value) => void fields.push([field, value]),
        onFile: (stream, info) => {
          fileName = storableText(info.filename?.slice(0, MAX_NAME) ?? '') || null;
          staging = blobs.stage(stream);
          return staging;
        },
      },
    );
    // The parser passes over a part whose header it cannot read.
    if (!staging) {
      throw AppError.invalid(
        'file',
        'is required; a part whose content-disposition is malformed, as by a filename* that is not as RFC 5987 says, is no part',
      );
    }
    return { fields: fieldsOf(fields), file: await staging, fileName };
  } catch (error) {
    await staging?.then(
      (file) => file.discard(),
      () => undefined,
    );
    throw error;
  }
}

/** As texts: Express would make objects and lists of them. */
function queryOf(request: Request): [name: string, value: string][] {
  return [...new URL(request.originalUrl, 'http://localhost').searchParams];
}

function fieldsOf(given: Iterable<[name: string, value: string]>): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of given) {
    // Some clients say the defaults in the query and in the form.
    if (fields.has(name) && fields.get(name) !== value) throw AppError.invalid(name, 'is given twice, and differs');
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

function bodyLimits({ bytes, setting, minBytesPerS }: UploadLimit): BodyLimits {
  return { what: 'file', bytes, setting, time: { bytes: (minBytesPerS * PACE_MS) / 1000, perMs: PACE_MS } };
}

function tooLarge({ bytes: limitBytes, setting }: UploadLimit): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', { what: 'file', limitBytes, setting });
}

function unreadable(reason: string): AppError {
  return new AppError('INVALID_UPLOAD', { reason });
}

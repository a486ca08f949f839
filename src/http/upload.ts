/** Reads a multipart upload: its fields, and one file, which is streamed to the blob store in constant memory. Knows nothing of what is uploaded. */
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import { AppError } from '../errors/app-error.js';
import type { BlobStore, StagedBlob } from '../store/blobs/blob-store.js';
import { storableText } from '../store/storable-text.js';

export interface Upload {
  /** Texts, by the name of the field. */
  fields: Record<string, string>;
  /** Durable but not in the store yet: keep or discard it. */
  file: StagedBlob;
  fileName: string | null;
}

const LIMITS = { files: 1, fields: 32, fieldSize: 256 * 1024, headerPairs: 100 };

/** How large the file may be, and the setting that says so. */
export interface UploadLimit {
  readonly bytes: number;
  readonly setting: string;
}

/**
 * @throws {AppError} when it is too large, malformed, cut off or without a file; nothing is left of it then
 */
export async function receiveUpload(request: Request, blobs: BlobStore, limit: UploadLimit): Promise<Upload> {
  const type = request.header('content-type');
  if (!request.is('multipart/form-data')) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', { expected: 'multipart/form-data', given: type ?? 'missing' });
  }
  const fields: Record<string, string> = {};
  let staging: Promise<StagedBlob> | undefined;
  let fileName: string | null = null;
  try {
    await parse(request, limit, {
      onField: (name, value) => {
        if (Object.hasOwn(fields, name)) throw AppError.invalid(name, 'is given twice');
        fields[name] = value;
      },
      onFile: (name, stream, info) => {
        if (name !== 'file') throw AppError.invalid(name, 'unknown field; send the file as `file`');
        fileName = storableText(info.filename ?? '') || null;
        staging = blobs.stage(stream);
        return staging;
      },
    });
    if (!staging) throw AppError.invalid('file', 'is required');
    return { fields, file: await staging, fileName };
  } catch (error) {
    await staging?.then(
      (file) => file.discard(),
      () => undefined,
    );
    throw error;
  }
}

interface Parts {
  onField: (name: string, value: string) => void;
  /** Reads the stream to its end; when it rejects, the upload has failed. */
  onFile: (name: string, stream: Readable, info: busboy.FileInfo) => Promise<unknown>;
}

/** Resolves when the whole body has been read. When it rejects, the file's stream has failed as well, and the rest of the body is ignored. */
function parse(request: Request, limit: UploadLimit, { onField, onFile }: Parts): Promise<void> {
  return new Promise((resolve, reject) => {
    let parser: busboy.Busboy;
    try {
      parser = busboy({
        headers: request.headers,
        defParamCharset: 'utf8',
        limits: { ...LIMITS, fileSize: limit.bytes },
      });
    } catch (error) {
      reject(unreadable(error));
      return;
    }
    const fail = (error: Error): void => {
      request.unpipe(parser);
      request.resume();
      // Not at once: busboy does not survive being destroyed by its own events.
      process.nextTick(() => parser.destroy(error));
      reject(error);
    };
    const guarded =
      <A extends unknown[]>(handler: (...args: A) => void) =>
      (...args: A): void => {
        try {
          handler(...args);
        } catch (error) {
          fail(error as Error);
        }
      };
    parser.on(
      'field',
      guarded((name: string, value: string, info: busboy.FieldInfo) => {
        if (info.valueTruncated) throw AppError.invalid(name, `is longer than ${LIMITS.fieldSize} bytes`);
        onField(name, value);
      }),
    );
    parser.on(
      'file',
      guarded((name: string, stream: Readable, info: busboy.FileInfo) => {
        stream.on('error', () => undefined);
        stream.once('limit', () => {
          const { bytes: limitBytes, setting } = limit;
          fail(new AppError('PAYLOAD_TOO_LARGE', { what: 'file', limitBytes, setting }));
        });
        onFile(name, stream, info).catch(fail);
      }),
    );
    for (const event of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      parser.once(event, () => fail(new AppError('INVALID_UPLOAD', { reason: 'it has too many parts' })));
    }
    // Not once: a parser that has failed fails again when it is destroyed, and an error that nobody hears ends the process.
    parser.on('error', (error) => fail(unreadable(error)));
    parser.once('close', resolve);
    request.once('close', () => {
      if (!request.complete) fail(unreadable(new Error('the connection was closed before its end')));
    });
    request.pipe(parser);
  });
}

function unreadable(error: unknown): Error {
  return error instanceof AppError ? error : new AppError('INVALID_UPLOAD', { reason: (error as Error).message });
}

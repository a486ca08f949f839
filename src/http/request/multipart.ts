/** Splits a multipart body into its fields and its one file. Knows nothing of where they go. */
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../errors/app-error.js';

const LIMITS = { files: 1, fields: 32, fieldSize: 256 * 1024, headerPairs: 100 };

/** What a form may have beside its file, in bytes: every field at its longest, with its header of 16 KiB at most. */
export const FORM_OVERHEAD_BYTES = (LIMITS.fields + 1) * (LIMITS.fieldSize + 16 * 1024);

interface Parts {
  onField: (name: string, value: string) => void;
  /** Reads the stream to its end; when it rejects, the upload has failed. */
  onFile: (stream: Readable, info: busboy.FileInfo) => Promise<unknown>;
}

/**
 * Resolves when the whole body has been read. When it rejects, the file's stream has failed as well, and the body is destroyed.
 * @param maxBytes of the file
 * @param tooLarge the error when it has more
 * @throws {AppError} INVALID_UPLOAD, INVALID_REQUEST, or what the body fails with
 */
export function splitForm(
  body: Readable,
  headers: IncomingHttpHeaders,
  { maxBytes, tooLarge }: { maxBytes: number; tooLarge: () => AppError },
  { onField, onFile }: Parts,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const parser = parserFor(headers, maxBytes);
    const fail = (error: Error): void => {
      body.unpipe(parser);
      body.destroy();
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
      guarded((name: string | undefined, value: string, info: busboy.FieldInfo) => {
        if (name === undefined) throw invalid('a part has no name');
        // What has neither a file name nor a type is a field to the parser.
        if (name === 'file') throw AppError.invalid(name, 'give the part a file name, as in -F file=@questions.jsonl');
        if (info.valueTruncated) throw AppError.invalid(name, `is longer than ${LIMITS.fieldSize} bytes`);
        onField(name, value);
      }),
    );
    parser.on(
      'file',
      guarded((name: string | undefined, stream: Readable, info: busboy.FileInfo) => {
        stream.on('error', () => undefined);
        stream.once('limit', () => fail(tooLarge()));
        if (name !== 'file') throw AppError.invalid(name ?? '', 'unknown field; send the file as `file`');
        onFile(stream, info).catch(fail);
      }),
    );
    parser.once('filesLimit', () => fail(AppError.invalid('file', 'is given twice; send one file')));
    parser.once('fieldsLimit', () => fail(invalid(`it has more than ${LIMITS.fields} fields`)));
    // Not once: a parser that has failed fails again when it is destroyed, and an error that nobody hears ends the process.
    parser.on('error', (error) => fail(error instanceof AppError ? error : invalid((error as Error).message)));
    parser.once('close', resolve);
    body.on('error', fail);
    body.pipe(parser);
  });
}

/** The parser's limit is the size that a file may not have any more. */
function parserFor(headers: IncomingHttpHeaders, maxBytes: number): busboy.Busboy {
  try {
    return busboy({ headers, defParamCharset: 'utf8', limits: { ...LIMITS, fileSize: maxBytes + 1 } });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function invalid(reason: string): AppError {
  return new AppError('INVALID_UPLOAD', { reason });
}

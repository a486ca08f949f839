/**
 * Blobs in a bucket of S3, or of a server that speaks its protocol. Bytes arrive under a name of their own, since their sha256 is known only at their end, and are
 * copied within the store to the name by which they are found.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { AppError } from '../../errors/app-error.js';
import { stageAndKeep, type BlobStore, type ByteRange, type StagedBlob, type StoredBlob } from './blob-store.js';

export interface Bucket {
  name: string;
  /** Before every name, without a slash at its end; empty for none. */
  prefix: string;
}

export interface S3Options {
  /** The most that one request copies. */
  readonly copyBytes?: number;
  /** Blobs of at least so many bytes have addresses; undefined: none has. */
  readonly linkedBytes?: number | undefined;
}

/** A connection that is not there after this time, or says nothing for that time, has failed. */
const CONNECT_MS = 5_000;
const SILENCE_MS = 20_000;
/** A request is tried so often, after a tenth of a second and then after twice as long each time: it survives a second without a server. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
/** Within which a download at an address has to begin. */
const LINK_S = 300;
/** What one upload holds in memory: parts on their way at the same time, of this size. 10,000 of them are the protocol's limit. */
const PART_BYTES = 16 * 2 ** 20;
const PARTS_AT_ONCE = 2;
/** The most that one request copies. */
const COPY_BYTES = 2 ** 30;

export class S3BlobStore implements BlobStore {
  private constructor(
    private readonly client: S3Client,
    private readonly bucket: Bucket,
    private readonly copyBytes: number,
    private readonly linkedBytes: number,
  ) {}

  /**
   * Region and credentials are found as the AWS SDK finds them: in the environment, in `~/.aws`, from the machine's role.
   * @param endpoint of a server that is not Amazon's; it is asked for `endpoint/bucket`
   * @throws {Error} that says why the bucket cannot be used
   */
  static async open(
    bucket: Bucket,
    endpoint: string | undefined,
    { copyBytes = COPY_BYTES, linkedBytes = Infinity }: S3Options = {},
  ): Promise<S3BlobStore> {
    const client = new S3Client({
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
      retryStrategy: new ConfiguredRetryStrategy(ATTEMPTS, (attempt) => FIRST_PAUSE_MS * 2 ** (attempt - 1)),
      // Others than Amazon's do not all know the checksums that the SDK adds by default, nor buckets as host names.
      ...(endpoint && {
        endpoint,
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED' as const,
        responseChecksumValidation: 'WHEN_REQUIRED' as const,
      }),
    });
    client.middlewareStack.add((next) => (args) => next(args).catch((error: unknown) => fail(bucket, error)), {
      step: 'initialize',
      name: 'sayWhatFailed',
    });
    try {
      await reach(client, bucket);
    } catch (error) {
      client.destroy();
      throw error;
    }
    return new S3BlobStore(client, bucket, copyBytes, linkedBytes);
  }

  /** Ends its connections. */
  close(): void {
    this.client.destroy();
  }

  put(source: Readable | string): Promise<StoredBlob> {
    return stageAndKeep(this, source);
  }

  async stage(source: Readable | string): Promise<StagedBlob> {
    const key = `${this.staging}${randomUUID()}`;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      const bytes = typeof source === 'string' ? createReadStream(source) : source;
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    }
    const upload = new Upload({
      client: this.client,
      params: { ...this.at(key), Body: Readable.from(counted(), { objectMode: false }) },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    // A stream that fails half-way has its parts taken back.
    await upload.done();
    const sha256 = hash.digest('hex');
    const discard = () => this.remove(key);
    return { sha256, sizeBytes, discard, keep: () => this.keep(key, sha256, sizeBytes) };
  }

  open(sha256: string, range?: ByteRange): Readable {
    return Readable.from(this.read(sha256, range), { objectMode: false });
  }

  async link({ sha256, sizeBytes }: StoredBlob, contentDisposition: string): Promise<string | null> {
    if (sizeBytes < this.linkedBytes) return null;
    const command = new GetObjectCommand({
      ...this.at(this.key(sha256)),
      ResponseContentType: 'application/octet-stream',
      ResponseContentDisposition: contentDisposition,
    });
    return getSignedUrl(this.client, command, { expiresIn: LINK_S });
  }

  reach(signal: AbortSignal): Promise<void> {
    return reach(this.client, this.bucket, signal);
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.size(sha256)) !== null;
  }

  async size(sha256: string): Promise<number | null> {
    try {
      const { ContentLength } = await this.client.send(new HeadObjectCommand(this.at(this.key(sha256))));
      return ContentLength ?? 0;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  delete(sha256: string): Promise<void> {
    return this.remove(this.key(sha256));
  }

  async *list(before: Date): AsyncIterable<string> {
    for await (const { key, time } of this.objects(this.blobs)) {
      const sha256 = key.slice(key.lastIndexOf('/') + 1);
      if (time < before && /^[0-9a-f]{64}$/.test(sha256)) yield sha256;
    }
  }

  async discardAbandoned(before: Date): Promise<void> {
    for await (const { key, time } of this.objects(this.staging)) if (time < before) await this.remove(key);
    for await (const { Key, UploadId, Initiated } of this.uploads()) {
      const isOurs = Key?.startsWith(this.staging) || Key?.startsWith(this.blobs);
      if (!isOurs || !Initiated || Initiated >= before) continue;
      await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket.name, Key, UploadId }));
    }
  }

  private async *uploads(): AsyncIterable<MultipartUpload> {
    const { name: Bucket, prefix: Prefix } = this.bucket;
    let page: ListMultipartUploadsCommandOutput | null = null;
    do {
      const after: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {
        KeyMarker: page?.NextKeyMarker,
        UploadIdMarker: page?.NextUploadIdMarker,
      };
      page = await this.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...after }));
      yield* page.Uploads ?? [];
    } while (page.IsTruncated);
  }

  private async *read(sha256: string, range: ByteRange | undefined): AsyncGenerator<Buffer> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    let body: Readable;
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.at(this.key(sha256)), Range }));
      body = Body as Readable;
    } catch (error) {
      throw isAbsent(error) ? new AppError('BLOB_MISSING', { sha256 }) : error;
    }
    yield* body as AsyncIterable<Buffer>;
  }

  /** The copy appears whole or not at all. What is staged is swept later where it cannot be removed. */
  private async keep(staged: string, sha256: string, sizeBytes: number): Promise<void> {
    const to = this.at(this.key(sha256));
    const CopySource = encodeURI(`${this.bucket.name}/${staged}`);
    if (sizeBytes <= this.copyBytes) await this.client.send(new CopyObjectCommand({ ...to, CopySource }));
    else await this.copyInParts(to, CopySource, sizeBytes);
    await this.remove(staged).catch(() => {});
  }

  private async copyInParts(to: { Bucket: string; Key: string }, CopySource: string, sizeBytes: number): Promise<void> {
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand(to));
    const upload = { ...to, UploadId };
    try {
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let start = 0; start < sizeBytes; start += this.copyBytes) {
        const PartNumber = Parts.length + 1;
        const end = Math.min(sizeBytes, start + this.copyBytes) - 1;
        const CopySourceRange = `bytes=${start}-${end}`;
        const part = new UploadPartCopyCommand({ ...upload, PartNumber, CopySource, CopySourceRange });
        Parts.push({ PartNumber, ETag: (await this.client.send(part)).CopyPartResult?.ETag });
      }
      await this.client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    } catch (error) {
      await this.client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  private async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.at(key)));
  }

  private async *objects(prefix: string): AsyncIterable<{ key: string; time: Date }> {
    const { client } = this;
    for await (const page of paginateListObjectsV2({ client }, { Bucket: this.bucket.name, Prefix: prefix })) {
      for (const { Key, LastModified } of page.Contents ?? [])
        if (Key && LastModified) yield { key: Key, time: LastModified };
    }
  }

  private at(Key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket.name, Key };
  }

  private key(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a sha256: ${sha256}`);
    return `${this.blobs}${sha256.slice(0, 2)}/${sha256}`;
  }

  private get blobs(): string {
    return this.named('blobs');
  }

  private get staging(): string {
    return this.named('staging');
  }

  private named(folder: string): string {
    const { prefix } = this.bucket;
    return prefix === '' ? `${folder}/` : `${prefix}/${folder}/`;
  }
}

/** @throws {Error} that says why the bucket cannot be used */
async function reach(client: S3Client, bucket: Bucket, abortSignal = new AbortController().signal): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket.name }), { abortSignal });
  } catch (error) {
    throw error instanceof S3ServiceException ? unusable(bucket, error) : error;
  }
}

/** HEAD has no body that could say more than 404. */
function isAbsent(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

/** What the server said is for the caller to read; all else is told with the bucket's name, which no error of a connection has. */
function fail(bucket: Bucket, error: unknown): never {
  throw error instanceof S3ServiceException ? error : unusable(bucket, error);
}

/** Keeps the code, by which an outage is told from a fault. */
function unusable(bucket: Bucket, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(`the bucket ${bucket.name} ${whyNot(error)}`, { cause: error }), { code });
}

function whyNot(error: unknown): string {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status === 404) return 'does not exist: create it, or correct BLOB_BUCKET';
  if (status === 403)
    return 'may not be used with these credentials: they need s3:ListBucket on it, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it';
  const reason = error instanceof Error ? error.message || error.name : String(error);
  if (/credentials/i.test(reason))
    return `cannot be used without credentials: give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${reason})`;
  if (/region is missing/i.test(reason)) return 'cannot be used without a region: give AWS_REGION';
  return `cannot be reached: ${reason}`;
}

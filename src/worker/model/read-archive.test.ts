import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { ARCHIVE_LIMITS, readArchive, type ArchiveLimits } from './read-archive.js';

let root: string;
let blobs: DirectoryBlobStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-archive-'));
  blobs = new DirectoryBlobStore(root);
});
afterEach(() => rm(root, { recursive: true }));

type Entry = Partial<Header> & { name: string; content?: string | Buffer };

async function tarOf(...entries: Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** The files and their contents as text. */
async function read(bytes: Buffer, limits: Partial<ArchiveLimits> = {}): Promise<Record<string, string>> {
  const { sha256, sizeBytes } = await blobs.put(Readable.from([bytes]));
  const found: Record<string, string> = {};
  await readArchive(
    {
      blobs,
      sha256,
      bytes: sizeBytes,
      limits: { ...ARCHIVE_LIMITS, maxBytes: 2 ** 30, ...limits },
      signal: new AbortController().signal,
    },
    async ({ path, content }) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      found[path] = Buffer.concat(chunks).toString();
    },
  );
  return found;
}

test.each([
  ['a tar', (bytes: Buffer) => bytes],
  ['a tar.gz', (bytes: Buffer) => gzipSync(bytes)],
])('%s is read file by file', async (_, zip) => {
  const bytes = await tarOf(
    { name: './tiny/', type: 'directory' },
    { name: './tiny/config.json', content: '{}' },
    { name: 'tiny/empty.txt' },
    { name: `tiny/${'long'.repeat(60)}`, content: 'a name beyond 100 characters' },
  );
  expect(await read(zip(bytes))).toEqual({
    'tiny/config.json': '{}',
    'tiny/empty.txt': '',
    [`tiny/${'long'.repeat(60)}`]: 'a name beyond 100 characters',
  });
});

test('contents that nobody reads are passed over', async () => {
  const bytes = await tarOf({ name: 'a', content: 'x'.repeat(200_000) }, { name: 'b' });
  const { sha256, sizeBytes } = await blobs.put(Readable.from([bytes]));
  const seen: string[] = [];
  const limits = { ...ARCHIVE_LIMITS, maxBytes: 2 ** 30 };
  await readArchive({ blobs, sha256, bytes: sizeBytes, limits, signal: new AbortController().signal }, ({ path }) => {
    seen.push(path);
    return Promise.resolve();
  });
  expect(seen).toEqual(['a', 'b']);
});

test('what is no file, under a name that no file of a model has, is passed over', async () => {
  const bytes = await tarOf(
    { name: 'link.json', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'original/queue', type: 'fifo' },
    { name: 'config.json', content: '{}' },
  );
  expect(await read(bytes)).toEqual({ 'config.json': '{}' });
});

test.each<[Entry, string]>([
  [{ name: '/etc/passwd' }, '/etc/passwd is an absolute path: pack the folder itself'],
  [{ name: 'C:/model/config.json' }, 'C:/model/config.json is an absolute path'],
  [{ name: 'tiny/../../escaped' }, 'tiny/../../escaped leads out of the archive'],
  [{ name: '../', type: 'directory' }, '../ leads out of the archive'],
  [
    { name: 'config.json', type: 'symlink', linkname: '/etc/passwd' },
    'config.json is a symbolic link: pack what it leads to',
  ],
  [{ name: 'config.json', type: 'link', linkname: 'other' }, 'config.json is a hard link: pack it as a file'],
  [{ name: 'config.json', type: 'character-device' }, 'config.json is a device'],
  [{ name: 'tokenizer.json', type: 'block-device' }, 'tokenizer.json is a device'],
  [{ name: 'model.safetensors', type: 'fifo' }, 'model.safetensors is a pipe'],
])('%j is refused: %s', async (entry, message) => {
  await expect(read(await tarOf({ name: 'first.json', content: '{}' }, entry))).rejects.toThrow(message);
});

test('a name that stands for two files is refused, however it is written', async () => {
  const bytes = await tarOf({ name: 'config.json', content: '{}' }, { name: './config.json', content: '{"a":1}' });
  await expect(read(bytes)).rejects.toThrow('config.json is in it twice');
});

test('an archive of too many files is refused', async () => {
  const bytes = await tarOf(...Array.from({ length: 11 }, (_, i) => ({ name: `${i}.txt` })));
  await expect(read(bytes, { maxEntries: 10 })).rejects.toThrow('it has more than 10 files and folders');
  const folders = await tarOf(...Array.from({ length: 11 }, (_, i) => ({ name: `${i}/`, type: 'directory' as const })));
  await expect(read(folders, { maxEntries: 10 })).rejects.toThrow('it has more than 10 files and folders');
});

test.each(['file', 'directory'] as const)('a path of a %s without end is refused, and not quoted', async (type) => {
  const name = 'deep/'.repeat(400);
  const refused = read(await tarOf({ name: `${name}x`, type, pax: { path: name } }));
  await expect(refused).rejects.toThrow(
    'The model cannot be used: a path in it has more than 1024 characters: pack the folder itself (tar -C)',
  );
});

test('what unpacks to too much is refused, by its size or by its ratio', async () => {
  const bytes = gzipSync(await tarOf({ name: 'zeros', content: Buffer.alloc(3_000_000) }));
  await expect(read(bytes, { maxBytes: 1_000_000 })).rejects.toThrow(
    'it unpacks to more: a model may have 1000000 bytes: bring a smaller one, or have MAX_MODEL_BYTES raised',
  );
  await expect(read(bytes, { freeBytes: 1_000_000 })).rejects.toThrow(
    'it unpacks to more than 100 times its size, as a decompression bomb does',
  );
  expect(Object.keys(await read(bytes))).toEqual(['zeros']);
});

test('bytes that are no archive, or only a part of one, are refused', async () => {
  const bytes = await tarOf({ name: 'config.json', content: '{}'.padEnd(5000) });
  await expect(read(Buffer.from('{"not": "a tar"}'.repeat(100)))).rejects.toThrow('it is not a tar, or a damaged one');
  await expect(read(Buffer.from('PK\x03\x04'.padEnd(2000)))).rejects.toThrow('it is a zip: pack the folder as a tar');
  await expect(read(bytes.subarray(0, 2000))).rejects.toThrow('it ends in the middle of a file');
  await expect(read(gzipSync(bytes).subarray(0, 60))).rejects.toThrow('its gzip is damaged');
  expect(await read(Buffer.alloc(1024))).toEqual({});
});

/** Writes into the first header, and mends its checksum. */
function forge(bytes: Buffer, text: string, at: number): Buffer {
  bytes.write(text, at);
  let checksum = 8 * 32;
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) checksum += bytes[i] ?? 0;
  bytes.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

test('what no tar should hold is refused', async () => {
  const bytes = forge(await tarOf({ name: 'config.json', content: '{}' }), 'Z', 156);
  await expect(read(bytes)).rejects.toThrow('config.json is not an ordinary file');
});

test.each(['\u00ff', '\ufffd', '99999999999'])(
  'a file whose size is %j is refused, and not waited for',
  async (size) => {
    const bytes = forge(await tarOf({ name: 'config.json', content: '{}' }), size, 124);
    await expect(read(bytes)).rejects.toThrow(/config.json has a size that is no number|Invalid header/);
  },
);

test('a header that claims to be huge is refused before it is read', async () => {
  const bytes = forge(await tarOf({ name: 'x', pax: { path: 'y' } }), '77777777777 ', 124);
  await expect(read(bytes)).rejects.toThrow('it is not a tar, or a damaged one (Header exceeds max size)');
});

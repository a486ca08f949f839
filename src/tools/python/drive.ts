/**
 * The files of a program as WASI sees them: descriptors over a tree in memory. It has the interface of @runno/wasi's own drive and takes its
 * place, because that one shares files between programs, has no quota and reports a missing file as a missing capability.
 */
import { WASISnapshotPreview1 } from '@runno/wasi';
import { FileTree, Refusal, type DirectoryNode, type FileNode, type TreeNode } from './file-tree.js';

const { Result, FileType, OpenFlags, FileDescriptorFlags, Whence } = WASISnapshotPreview1;

export const MAX_OPEN_FILES = 256;
const ROOT_FD = 3;

interface Handle<N extends TreeNode = TreeNode> {
  readonly node: N;
  offset: bigint;
  flags: number;
}

/** Bytes of files by their names below the root. */
export type SharedFiles = Readonly<Record<string, Uint8Array>>;

type Answer<T> = [errno: 0, value: T] | [errno: number];

const refuse = (errno: number): never => {
  throw new Refusal(errno);
};

function answer<T>(operation: () => T): Answer<T> {
  try {
    return [Result.SUCCESS, operation()];
  } catch (error) {
    if (error instanceof Refusal) return [error.errno];
    throw error;
  }
}

const errno = (operation: () => void): number => answer(operation)[0];

export class MemoryDrive {
  private readonly tree = new FileTree();
  private readonly handles = new Map<number, Handle>();

  constructor(shared: SharedFiles) {
    for (const [name, bytes] of Object.entries(shared)) this.tree.addShared(name, bytes);
    this.handles.set(ROOT_FD, { node: this.tree.root, offset: 0n, flags: 0 });
  }

  open(fdDir: number, path: string, oflags: number, fdflags: number): Answer<number> {
    return answer(() => {
      const place = this.tree.place(this.directory(fdDir), path);
      if (place.node && oflags & OpenFlags.CREAT && oflags & OpenFlags.EXCL) refuse(Result.EEXIST);
      if (place.node?.kind === 'file' && oflags & OpenFlags.DIRECTORY) refuse(Result.ENOTDIR);
      if (!place.node && !(oflags & OpenFlags.CREAT)) refuse(Result.ENOENT);
      if (this.handles.size >= MAX_OPEN_FILES) refuse(Result.EMFILE);
      const node = place.node ?? this.tree.createFile(place);
      if (node.kind === 'file') {
        if (oflags & OpenFlags.TRUNC) this.tree.resize(node, 0);
        node.handles += 1;
      }
      let fd = ROOT_FD + 1;
      while (this.handles.has(fd)) fd += 1;
      this.handles.set(fd, { node, offset: 0n, flags: fdflags });
      return fd;
    });
  }

  close(fd: number): number {
    return errno(() => {
      const { node } = this.handle(fd);
      this.handles.delete(fd);
      if (node.kind === 'directory') return;
      node.handles -= 1;
      this.tree.releaseIfUnused(node);
    });
  }

  read(fd: number, bytes: number): Answer<Uint8Array> {
    return answer(() => {
      const handle = this.file(fd);
      const data = slice(handle.node, Number(handle.offset), bytes);
      handle.offset += BigInt(data.length);
      return data;
    });
  }

  pread(fd: number, bytes: number, offset: number): Answer<Uint8Array> {
    return answer(() => slice(this.file(fd).node, offset, bytes));
  }

  write(fd: number, data: Uint8Array): number {
    return errno(() => {
      const handle = this.file(fd);
      if (handle.flags & FileDescriptorFlags.APPEND) handle.offset = BigInt(handle.node.size);
      this.tree.write(handle.node, data, Number(handle.offset));
      handle.offset += BigInt(data.length);
    });
  }

  pwrite(fd: number, data: Uint8Array, offset: number): number {
    return errno(() => this.tree.write(this.file(fd).node, data, offset));
  }

  sync(fd: number): number {
    return errno(() => void this.handle(fd));
  }

  seek(fd: number, offset: bigint, whence: number): Answer<bigint> {
    return answer(() => {
      const handle = this.file(fd);
      const from = whence === Whence.SET ? 0n : whence === Whence.CUR ? handle.offset : BigInt(handle.node.size);
      if (from + offset < 0n) refuse(Result.EINVAL);
      handle.offset = from + offset;
      return handle.offset;
    });
  }

  tell(fd: number): Answer<bigint> {
    return answer(() => this.file(fd).offset);
  }

  renumber(from: number, to: number): number {
    return errno(() => {
      const handle = this.handle(from);
      if (from === to) return;
      this.close(to);
      this.handles.delete(from);
      this.handles.set(to, handle);
    });
  }

  unlink(fdDir: number, path: string): number {
    return errno(() => this.tree.unlink(this.tree.find(this.directory(fdDir), path)));
  }

  /** Not in @runno/wasi's drive, which cannot remove directories. */
  removeDirectory(fdDir: number, path: string): number {
    return errno(() => this.tree.removeDirectory(this.tree.find(this.directory(fdDir), path)));
  }

  rename(fdFrom: number, from: string, fdTo: number, to: string): number {
    return errno(() =>
      this.tree.rename(this.tree.find(this.directory(fdFrom), from), this.tree.place(this.directory(fdTo), to)),
    );
  }

  list(fd: number): Answer<{ name: string; type: number }[]> {
    return answer(() => [...this.directory(fd).entries].map(([name, node]) => ({ name, type: fileType(node) })));
  }

  stat(fd: number): Answer<ReturnType<typeof stat>> {
    return answer(() => stat(this.handle(fd).node));
  }

  pathStat(fdDir: number, path: string): Answer<ReturnType<typeof stat>> {
    return answer(() => stat(this.find(fdDir, path)));
  }

  setFlags(fd: number, flags: number): number {
    return errno(() => {
      this.file(fd).flags = flags;
    });
  }

  setSize(fd: number, size: bigint): number {
    return errno(() => this.tree.resize(this.file(fd).node, Number(size)));
  }

  setAccessTime(fd: number, date: Date): number {
    return errno(() => {
      this.handle(fd).node.timestamps.access = date;
    });
  }

  setModificationTime(fd: number, date: Date): number {
    return errno(() => {
      this.handle(fd).node.timestamps.modification = date;
    });
  }

  pathSetAccessTime(fdDir: number, path: string, date: Date): number {
    return errno(() => {
      this.find(fdDir, path).timestamps.access = date;
    });
  }

  pathSetModificationTime(fdDir: number, path: string, date: Date): number {
    return errno(() => {
      this.find(fdDir, path).timestamps.modification = date;
    });
  }

  pathCreateDir(fdDir: number, path: string): number {
    return errno(() => this.tree.createDirectory(this.tree.place(this.directory(fdDir), path)));
  }

  exists(fd: number): boolean {
    return this.handles.has(fd);
  }

  fileType(fd: number): number {
    const handle = this.handles.get(fd);
    return handle ? fileType(handle.node) : FileType.UNKNOWN;
  }

  fileFdflags(fd: number): number {
    return this.handles.get(fd)?.flags ?? 0;
  }

  private handle(fd: number): Handle {
    return this.handles.get(fd) ?? refuse(Result.EBADF);
  }

  private file(fd: number): Handle<FileNode> {
    const handle = this.handle(fd);
    return isFileHandle(handle) ? handle : refuse(Result.EISDIR);
  }

  private directory(fd: number): DirectoryNode {
    const { node } = this.handle(fd);
    return node.kind === 'directory' ? node : refuse(Result.ENOTDIR);
  }

  private find(fdDir: number, path: string): TreeNode {
    return this.tree.find(this.directory(fdDir), path).node;
  }
}

const isFileHandle = (handle: Handle): handle is Handle<FileNode> => handle.node.kind === 'file';

const fileType = ({ kind }: TreeNode): number => (kind === 'file' ? FileType.REGULAR_FILE : FileType.DIRECTORY);

const slice = ({ bytes, size }: FileNode, start: number, length: number): Uint8Array =>
  bytes.subarray(Math.min(start, size), Math.min(start + length, size));

const stat = (node: TreeNode) => ({
  /** Only hashed into an inode number. */
  path: String(node.inode),
  byteLength: node.kind === 'file' ? node.size : 0,
  timestamps: node.timestamps,
  type: fileType(node),
});

/**
 * A small tree of files in memory with a quota, made for one program and dropped after it. Nothing of the host is in it.
 * Knows nothing of open files beyond their number: handles are the drive's.
 */
import { WASISnapshotPreview1 } from '@runno/wasi';

const { Result } = WASISnapshotPreview1;

export const QUOTA_BYTES = 32 * 2 ** 20;
export const MAX_NODES = 4096;

export interface Timestamps {
  access: Date;
  modification: Date;
  change: Date;
}

export interface FileNode {
  readonly kind: 'file';
  readonly inode: number;
  readonly timestamps: Timestamps;
  /** Capacity; the content is the first `size` bytes, what lies behind is zero. */
  bytes: Uint8Array;
  size: number;
  linked: boolean;
  handles: number;
  /** Of all programs: its bytes are shared, do not change and are in no quota. */
  readonly shared: boolean;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly inode: number;
  readonly timestamps: Timestamps;
  readonly entries: Map<string, TreeNode>;
}

export type TreeNode = FileNode | DirectoryNode;

/** Where a path leads: the last part may be missing. */
export interface Place {
  readonly parent: DirectoryNode;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

export type FoundPlace = Place & { readonly node: TreeNode };

/** Ends a file operation with a WASI error number; the drive turns it into the answer. */
export class Refusal extends Error {
  constructor(readonly errno: number) {
    super(Result[errno]);
  }
}

const refuse = (errno: number): never => {
  throw new Refusal(errno);
};

const now = (): Timestamps => ({ access: new Date(), modification: new Date(), change: new Date() });

const segments = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

export class FileTree {
  readonly root: DirectoryNode;
  private usedBytes = 0;
  private nodes = 0;
  private lastInode = 0;

  constructor() {
    this.root = this.newDirectory();
    this.root.entries.set('tmp', this.newDirectory());
  }

  /** Puts a file that no program can write to below the root; its bytes are not copied. */
  addShared(name: string, bytes: Uint8Array): void {
    this.root.entries.set(name, { ...this.newFile(), bytes, size: bytes.length, shared: true });
  }

  /** Follows a path from a directory; `..` stops at the root, and a leading slash starts there. */
  place(from: DirectoryNode, path: string): Place {
    const trail = [path.startsWith('/') ? this.root : from];
    const last = (): DirectoryNode => trail.at(-1) ?? this.root;
    const names = segments(path);
    for (const [i, name] of names.entries()) {
      if (name === '..') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const node = last().entries.get(name);
      if (i === names.length - 1) return { parent: last(), name, node };
      if (!node) return refuse(Result.ENOENT);
      if (node.kind === 'file') return refuse(Result.ENOTDIR);
      trail.push(node);
    }
    return { parent: last(), name: '.', node: last() };
  }

  find(from: DirectoryNode, path: string): FoundPlace {
    const place = this.place(from, path);
    return { ...place, node: place.node ?? refuse(Result.ENOENT) };
  }

  createFile({ parent, name }: Place): FileNode {
    const file = this.newFile();
    parent.entries.set(name, file);
    return file;
  }

  createDirectory({ parent, name, node }: Place): void {
    if (node) refuse(Result.EEXIST);
    parent.entries.set(name, this.newDirectory());
  }

  /** Gives a file another size; what is added is zero. */
  resize(file: FileNode, size: number): void {
    if (file.shared) refuse(Result.EROFS);
    if (!(size >= 0) || this.usedBytes + size - file.size > QUOTA_BYTES) refuse(Result.ENOSPC);
    if (size > file.bytes.length) {
      const bytes = new Uint8Array(Math.min(QUOTA_BYTES, Math.max(1024, size, 2 * file.bytes.length)));
      bytes.set(file.bytes.subarray(0, file.size));
      file.bytes = bytes;
    }
    if (size < file.size) file.bytes.fill(0, size, file.size);
    this.usedBytes += size - file.size;
    file.size = size;
    file.timestamps.modification = new Date();
  }

  write(file: FileNode, data: Uint8Array, offset: number): void {
    this.resize(file, Math.max(file.size, offset + data.length));
    file.bytes.set(data, offset);
  }

  unlink(place: FoundPlace): void {
    if (place.node.kind === 'directory') refuse(Result.EISDIR);
    this.detach(place);
  }

  removeDirectory(place: FoundPlace): void {
    if (place.node.kind === 'file') return refuse(Result.ENOTDIR);
    if (place.node === this.root) refuse(Result.EBUSY);
    if (place.node.entries.size > 0) refuse(Result.ENOTEMPTY);
    this.detach(place);
  }

  /** As rename(2): an existing file, or an empty directory, is replaced. */
  rename(from: FoundPlace, to: Place): void {
    const { node } = from;
    if (node === to.node) return;
    if (node.kind === 'directory' && contains(node, to.parent)) refuse(Result.EINVAL);
    if (to.node) {
      if (node.kind === 'directory' && to.node.kind === 'file') refuse(Result.ENOTDIR);
      if (node.kind === 'directory') this.removeDirectory({ ...to, node: to.node });
      else this.unlink({ ...to, node: to.node });
    }
    from.parent.entries.delete(from.name);
    to.parent.entries.set(to.name, node);
  }

  /** Gives a file's bytes back to the quota once neither a name nor a handle leads to it. */
  releaseIfUnused(file: FileNode): void {
    if (file.linked || file.handles > 0 || file.shared) return;
    this.nodes -= 1;
    this.usedBytes -= file.size;
  }

  private detach({ parent, name, node }: FoundPlace): void {
    if (node.kind === 'directory') {
      this.nodes -= 1;
      parent.entries.delete(name);
      return;
    }
    parent.entries.delete(name);
    node.linked = false;
    this.releaseIfUnused(node);
  }

  private newDirectory(): DirectoryNode {
    return { kind: 'directory', inode: this.newInode(), timestamps: now(), entries: new Map() };
  }

  private newFile(): FileNode {
    const bytes = new Uint8Array(0);
    return {
      kind: 'file',
      inode: this.newInode(),
      timestamps: now(),
      bytes,
      size: 0,
      linked: true,
      handles: 0,
      shared: false,
    };
  }

  private newInode(): number {
    if (this.nodes >= MAX_NODES) refuse(Result.ENOSPC);
    this.nodes += 1;
    return ++this.lastInode;
  }
}

function contains(outer: DirectoryNode, inner: DirectoryNode): boolean {
  if (outer === inner) return true;
  return [...outer.entries.values()].some((node) => node.kind === 'directory' && contains(node, inner));
}

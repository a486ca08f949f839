import { expect, test } from 'vitest';
import { FileTree, QUOTA_BYTES } from './file-tree.js';

test('a path leaves the tree by no number of dots', () => {
  const tree = new FileTree();
  expect(tree.place(tree.root, '../../../../tmp').parent).toBe(tree.root);
  expect(tree.place(tree.root, '/tmp/../..').node).toBe(tree.root);
});

test('the quota counts what is kept and no more', () => {
  const tree = new FileTree();
  const place = tree.place(tree.root, 'a');
  const file = tree.createFile(place);
  tree.write(file, new Uint8Array(QUOTA_BYTES), 0);
  expect(() => tree.write(file, new Uint8Array(1), QUOTA_BYTES)).toThrow('ENOSPC');
  file.handles = 1;
  tree.unlink(tree.find(tree.root, 'a'));
  expect(() => tree.resize(tree.createFile(tree.place(tree.root, 'b')), 1)).toThrow('ENOSPC');
  file.handles = 0;
  tree.releaseIfUnused(file);
  tree.resize(tree.createFile(tree.place(tree.root, 'c')), QUOTA_BYTES);
});

test('a file that grows again holds no old bytes', () => {
  const tree = new FileTree();
  const file = tree.createFile(tree.place(tree.root, 'a'));
  tree.write(file, Uint8Array.of(1, 2, 3), 0);
  tree.resize(file, 1);
  tree.resize(file, 3);
  expect([...file.bytes.subarray(0, file.size)]).toEqual([1, 0, 0]);
});

test('a directory does not move into itself', () => {
  const tree = new FileTree();
  tree.createDirectory(tree.place(tree.root, 'tmp/inner'));
  expect(() => tree.rename(tree.find(tree.root, 'tmp'), tree.place(tree.root, 'tmp/inner/tmp'))).toThrow('EINVAL');
});

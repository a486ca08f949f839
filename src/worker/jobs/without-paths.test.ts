import { expect, test } from 'vitest';
import { withoutPaths } from './without-paths.js';

test.each([
  [
    "ENOENT: no such file or directory, open '/srv/my data/blobs/ab/abc'",
    "ENOENT: no such file or directory, open '…/abc'",
  ],
  ["EXDEV: cross-device link, link '/a/b' -> '/c/d e'", "EXDEV: cross-device link, link '…/b' -> '…/d e'"],
  ['    at grow (file:///opt/bough/dist/src/trainer/policy.js:12:3)', '    at grow (…/policy.js:12:3)'],
  ['/opt/bough/node_modules/a@1/b.node: undefined symbol', '…/b.node: undefined symbol'],
  [
    'Cannot find module "/opt/bough/x.js" imported from /opt/bough/y.js',
    'Cannot find module "…/x.js" imported from …/y.js',
  ],
  [
    'HTTP 404 of https://huggingface.co/a/b/resolve/main/config.json',
    'HTTP 404 of https://huggingface.co/a/b/resolve/main/config.json',
  ],
  [
    'config.json and/or tokenizer/vocab.json: 1/2 of HuggingFaceTB/SmolLM2',
    'config.json and/or tokenizer/vocab.json: 1/2 of HuggingFaceTB/SmolLM2',
  ],
  ['it has </search> and </result>', 'it has </search> and </result>'],
])('%j is told as %j', (text, told) => {
  expect(withoutPaths(text)).toBe(told);
});

import { expect, test } from 'vitest';
import { describeExit } from './describe-exit.js';

const exit = { code: null, signal: null, startError: null, tail: [] };

test.each([
  [
    { ...exit, signal: 'SIGKILL' as const },
    2 ** 31,
    /was ended by SIGKILL, most likely .* \(it used 2\.0 GiB of .* when last heard\): lower/,
  ],
  [
    { ...exit, signal: 'SIGABRT' as const, tail: ['FATAL ERROR: JavaScript heap out of memory'] },
    null,
    /, out of memory: lower .*its last output:\nFATAL ERROR/s,
  ],
  [
    {
      ...exit,
      signal: 'SIGABRT' as const,
      tail: [
        'FATAL ERROR: JavaScript heap out of memory',
        '----- Native stack trace -----',
        ...Array.from({ length: 20 }, (_, i) => `${String(i + 1).padStart(2)}: 0xb78db3 node::OOMErrorHandler [node]`),
      ],
    },
    null,
    /its last output:\nFATAL ERROR: JavaScript heap out of memory$/,
  ],
  [{ ...exit, signal: 'SIGSEGV' as const }, null, /was ended by SIGSEGV, a crash in native code$/],
  [{ ...exit, code: 3, tail: ['one', 'two'] }, null, /^the trainer exited with code 3; its last output:\none\ntwo$/],
  [{ ...exit, startError: new Error('spawn EAGAIN') }, null, /^the trainer could not be started: spawn EAGAIN$/],
])('%j with %s bytes is described', (end, memory, description) => {
  expect(describeExit(end, memory)).toMatch(description);
});

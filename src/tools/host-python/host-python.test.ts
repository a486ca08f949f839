import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ask } from '../../../test/support/calls.js';
import { installedPython } from '../../../test/support/host-python.js';
import { PythonTool } from '../python.js';
import { findHostPython } from './find-host-python.js';
import type { HostPython } from './host-python.js';
import { HostSandbox } from './host-sandbox.js';

const found = await installedPython();
if ('reason' in found) console.log(`Skipped, ${found.reason}`);
const host = 'python' in found ? found.python : (null as unknown as HostPython);

const tool = new PythonTool({ timeoutS: 20, memoryMb: 256, threads: 2, host });
const hasty = new PythonTool({ timeoutS: 1.5, memoryMb: 256, threads: 1, host });
afterAll(() => Promise.all([tool.close(), hasty.close()]));

const ok = (text: string) => ({ kind: 'ok', text });
const failure = (part: string | RegExp) => ({ kind: 'program_error', text: expect.stringMatching(part) as string });
const TOO_LATE = 'TimeoutError: the program did not end within 1.5 s';
const libc = (call: string) =>
  `import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nif libc.${call} < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))`;
const SHMGET = libc('shmget(0, 1 << 20, 0o1666)');
const ATTACH = libc('ptrace(16, 1, None, None)');
const KEYCTL = libc('syscall(250 if os.uname().machine == "x86_64" else 219, 0, -3, 0)');
const VMSPLICE = `r, w = __import__('os').pipe()\n${libc('vmsplice(w, None, 0, 0)')}`;
/** Whether any process of this machine has the text in its command line. */
const isRunning = (text: string) => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(text);

describe.skipIf('reason' in found)('the machine’s own Python', () => {
  test.each([
    ['prints a last expression', 'print("a")\n1285 + 756', ok('a\n2041')],
    [
      'has what the operator installed',
      'import numpy\nprint(numpy.linalg.inv(numpy.eye(2) * 2))',
      ok('[[0.5 0. ]\n [0.  0.5]]'),
    ],
    ['starts processes', 'import subprocess\nsubprocess.run(["echo", "a"], capture_output=True).stdout', ok("b'a\\n'")],
    [
      'shows an exception as it is',
      'def f():\n  return 1 / 0\nf()',
      {
        kind: 'program_error',
        text: 'Traceback (most recent call last):\n  File "<string>", line 3, in <module>\n  File "<string>", line 2, in f\nZeroDivisionError: division by zero',
      },
    ],
    ['shows a syntax error', 'x = (1 +', failure("SyntaxError: '\\(' was never closed")],
    ['has no input', 'input()', failure('EOFError')],
    ['exits with a status', 'import os\nos._exit(3)', failure('The program exited with 3')],
  ])('%s', async (_, program, outcome) => {
    expect(await ask(tool, program)).toEqual(outcome);
  });

  test('sees nothing of the call before', async () => {
    await ask(tool, 'open("/tmp/left", "w").write("x")');
    expect(await ask(tool, 'import os\nos.listdir("/tmp"), os.listdir("/dev/shm")')).toEqual(ok('([], [])'));
  });

  test('sees nothing of the machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bough-host-'));
    const secret = join(folder, 'secret');
    await writeFile(secret, 'x', { mode: 0o644 });
    process.env['BOUGH_TEST_SECRET'] = 'a-very-secret-value';
    try {
      for (const path of [secret, '/etc/passwd', '/root', '/home', '/var/lib', '/sys/kernel', `/proc/${process.pid}`]) {
        expect(await ask(tool, `import os\nos.path.exists(${JSON.stringify(path)})`)).toEqual(ok('False'));
      }
      const environment = 'import os\nenv = open("/proc/1/environ").read() + str(dict(os.environ))\n"secret" in env';
      expect(await ask(tool, environment)).toEqual(ok('False'));
    } finally {
      delete process.env['BOUGH_TEST_SECRET'];
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['the network', 'import socket\nsocket.create_connection(("1.1.1.1", 443), 2)', 'unreachable'],
    ['a service of this machine', 'import socket\nsocket.create_connection(("127.0.0.1", 22), 2)', 'refused'],
    ['a name', 'import socket\nsocket.getaddrinfo("example.com", 443)', 'socket.gaierror'],
    ['files of the root', 'open("/a", "w")', 'Read-only file system'],
    ['files of the interpreter', 'import os\nopen(os.__file__, "a")', 'Read-only file system|Permission denied'],
    ['devices', 'open("/dev/a", "w")', 'Read-only file system'],
    [
      'a file that is too large',
      'f = open("/tmp/a", "wb")\nfor _ in range(99): f.write(bytes(2**20))',
      'File too large',
    ],
    [
      'many files that are',
      'for i in range(99):\n  with open(f"/tmp/{i}", "wb") as f: f.write(bytes(2**20))',
      'No space left',
    ],
    ['10 GB', 'x = [0] * (10 * 2**30 // 8)', 'MemoryError'],
    ['another memory limit', 'import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))', 'not allowed'],
    ['endless recursion', 'def f(n): return f(n + 1)\nf(0)', 'RecursionError'],
    ['an invalid address', 'import ctypes\nctypes.string_at(0)', 'The program crashed the interpreter: SIGSEGV'],
    ['endless output', 'while True: print("a" * 1000)', 'it wrote more than 65536 bytes'],
    ['endless errors', 'import sys\nwhile True: sys.stderr.write("a" * 1000)', 'it wrote more than 65536 bytes'],
    ['a fork bomb', 'import os\nwhile True: os.fork()', 'Resource temporarily unavailable'],
  ])('is refused %s', async (_, program, part) => {
    expect(await ask(tool, program)).toEqual(failure(part));
  });

  test.each([
    ['memory that no limit counts', 'import os\nos.memfd_create("a")', 'Operation not permitted'],
    ['shared memory', SHMGET, 'Operation not permitted'],
    ['other processes’ memory', ATTACH, 'Operation not permitted'],
    ['the key ring', KEYCTL, 'Operation not permitted'],
    ['memory that is in no process', VMSPLICE, 'Operation not permitted'],
    ['outliving the sandbox', libc('prctl(1, 0, 0, 0, 0)'), 'Operation not permitted'],
    [
      'sockets of the machine’s hypervisor',
      'import socket\nsocket.socket(40, socket.SOCK_STREAM)',
      'Operation not permitted',
    ],
  ])('is refused the system calls for %s', async (_, program, part) => {
    expect(await ask(tool, program)).toEqual(failure(part));
  });

  test('has sockets of its own, and may name its processes', async () => {
    const sockets =
      'import socket\na, b = socket.socketpair()\na.send(b"x")\ns = socket.create_server(("127.0.0.1", 0))\nb.recv(1), s.family.name';
    expect(await ask(tool, sockets)).toEqual(ok("(b'x', 'AF_INET')"));
    const PR_SET_NAME = 15;
    expect(await ask(tool, libc(`prctl(${PR_SET_NAME}, b"a", 0, 0, 0)`))).toEqual(ok(''));
  });

  test('has the limits in every process that it can see, and no files of the worker', async () => {
    const folder = openSync('/root', 'r');
    try {
      const processes =
        'import os\n[name for name in os.listdir("/proc") if name.isdigit()], sorted(os.listdir("/proc/self/fd"))';
      expect(await ask(tool, processes)).toEqual(ok("(['1'], ['0', '1', '2', '3'])"));
      const limits = 'print([line.split()[3] for line in open("/proc/1/limits") if line.startswith("Max address")])';
      expect(await ask(tool, limits)).toEqual(ok(`['${256 * 2 ** 20}']`));
    } finally {
      closeSync(folder);
    }
  });

  test('gets no namespace of its own, in which it would be root', async () => {
    const program =
      'import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.unshare(0x10000000), ctypes.get_errno() > 0';
    expect(await ask(tool, program)).toEqual(ok('(-1, True)'));
  });

  test.each([
    ['a busy loop', 'while True: pass'],
    [
      'one that takes no signal',
      'import signal, time\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except Exception: pass\ntime.sleep(60)',
    ],
    ['a child that left it', 'import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(4711)'],
    ['a fork bomb that goes on', 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'],
  ])('is stopped at its time: %s', async (_, program) => {
    expect(await ask(hasty, program)).toEqual({ kind: 'program_error', text: TOO_LATE });
    expect(await ask(hasty, '1 + 1')).toEqual(ok('2'));
  });

  test('leaves none behind that has cut itself off', async () => {
    const program = [
      'import ctypes, os',
      'ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)',
      'for fd in (0, 1, 2): os.close(fd)',
      'os.execv("/bin/sleep", ["sleep", "4713.5"])',
    ];
    expect(await ask(hasty, program.join('\n'))).toEqual({ kind: 'program_error', text: TOO_LATE });
    await expect.poll(() => isRunning('4713.5')).toBe(false);
  });

  test('leaves no process behind when it ends', async () => {
    const program = 'import subprocess\nsubprocess.Popen(["sleep", "4711.5"], start_new_session=True)\n1';
    expect(await ask(tool, program)).toEqual(ok('1'));
    await expect.poll(() => isRunning('4711.5')).toBe(false);
  });

  test('is stopped with the job, and with its tool', async () => {
    const abort = new AbortController();
    const endless = ask(tool, 'import time\ntime.sleep(4712.5)', abort.signal);
    setTimeout(() => abort.abort(new Error('the run was cancelled')), 300);
    await expect(endless).rejects.toThrow('the run was cancelled');
    const closing = new PythonTool({ timeoutS: 20, memoryMb: 256, threads: 1, host });
    const other = ask(closing, 'import time\ntime.sleep(4712.5)');
    setTimeout(() => void closing.close(), 300);
    expect(await other).toMatchObject({ kind: 'infra_error' });
    await expect.poll(() => isRunning('4712.5')).toBe(false);
  });
});

test('an interpreter that cannot be used is named', async () => {
  await expect(findHostPython('/nowhere/python3')).rejects.toThrow('/nowhere/python3 is not installed');
  await expect(findHostPython('/bin/false')).rejects.toThrow('/bin/false ended with 1');
});

test('a sandbox that cannot be made is no fault of the program', async () => {
  const broken = { command: () => ['false', []], user: {} } as unknown as HostPython;
  const sandbox = new HostSandbox(broken, { timeoutS: 5, memoryMb: 64, outputBytes: 100 });
  await expect(sandbox.run('1', new AbortController().signal)).rejects.toThrow('the sandbox was killed');
});

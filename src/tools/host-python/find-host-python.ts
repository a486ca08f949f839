/** Finds out, when a worker starts, whether programs can be shut in on its machine: by shutting one in that looks around. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bareEnvironment } from '../../config/process-environment.js';
import { HostPython } from './host-python.js';
import { HostSandbox } from './host-sandbox.js';

const LIMIT_S = 30;

/** Prints the version, and the folders that the interpreter is installed in: a virtual environment has two. */
const DESCRIBE =
  'import json, platform, sys; print(json.dumps({"version": platform.python_version(), "folders": [sys.prefix, sys.base_prefix]}))';
/** Fails unless a program is alone: no network but loopback, no other process, no open file, a root that cannot be written to, memory that is counted. */
const PROBE = `
import os, resource, socket
assert [name for name in os.listdir('/proc') if name.isdigit()] == ['1'], 'it sees other processes'
assert resource.getrlimit(resource.RLIMIT_AS)[1] > 0, 'its memory has no limit'
assert sorted(os.listdir('/proc/self/fd')) == ['0', '1', '2', '3'], 'it has open files'
assert [name for _, name in socket.if_nameindex()] == ['lo'], 'it sees a network'
assert os.getuid() != 0, 'it is root'
for path in ('/', '/usr', '/dev'):
    assert not os.access(path, os.W_OK), path + ' can be written to'
try:
    os.memfd_create('probe')
except PermissionError:
    print('alone')
else:
    raise AssertionError('its system calls are not filtered')
`;

/**
 * @param interpreter absolute path of a Python from 3.8
 * @throws Error where a program cannot be shut in here: says why
 */
export async function findHostPython(interpreter: string): Promise<HostPython> {
  const described = await output(interpreter, ['-I', '-c', DESCRIBE]);
  const { version, folders } = JSON.parse(described) as { version: string; folders: string[] };
  const python = new HostPython(interpreter, version, [...new Set(folders)]);
  const sandbox = new HostSandbox(python, { timeoutS: LIMIT_S, memoryMb: 512, outputBytes: 2 ** 16 });
  const ended = await sandbox.run(PROBE, new AbortController().signal);
  if (ended.end === 'exit' && ended.stdout.trim() === 'alone') return python;
  const complaint = 'stderr' in ended ? ended.stderr.trim().split('\n').at(-1) : '';
  throw new Error(complaint || `a program in the sandbox ended with ${JSON.stringify(ended)}`);
}

/** What a command printed. @throws Error with the last line of what it complained of */
async function output(command: string, args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { timeout: LIMIT_S * 1000, env: bareEnvironment() })).stdout;
  } catch (error) {
    const { stderr = '', code, signal } = error as Partial<Record<'stderr' | 'code' | 'signal', string>>;
    if (code === 'ENOENT') throw new Error(`${command} is not installed`, { cause: error });
    throw new Error(stderr.trim().split('\n').at(-1) || `${command} ended with ${code ?? signal}`, { cause: error });
  }
}

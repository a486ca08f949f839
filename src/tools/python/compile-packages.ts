/** Makes one archive of wheels, with the bytecode of each module beside its source: compiling sympy when it is imported would take half a minute. */
import { pythonRuntime } from './runtime.js';
import { Sandbox } from './sandbox.js';
import { SITE_PACKAGES } from './site-packages.js';

const LIMITS = { timeoutS: 600, memoryMb: 1024, outputBytes: 2 ** 27 };

/** The same bytes from the same wheels: no dates, no order of a file system, and the interpreter that runs programs later. */
const PROGRAM = `
import base64, importlib.util, io, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

archive = io.BytesIO()
with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as target:
    for wheel in WHEELS:
        given = zipfile.ZipFile(wheel)
        for name in sorted(given.namelist()):
            if name.endswith('/') or '/tests/' in name or '.data/' in name:
                continue
            content = given.read(name)
            files = {name: content}
            if name.endswith('.py'):
                code = compile(content, f'/ARCHIVE/{name}', 'exec', dont_inherit=True)
                files[name + 'c'] = _code_to_hash_pyc(code, importlib.util.source_hash(content), checked=False)
            for path, data in files.items():
                target.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
print(base64.b64encode(archive.getvalue()).decode())
`;

/** Takes a minute. @throws what Python says of a wheel that it cannot read or compile */
export async function compilePackages(wheels: readonly Uint8Array[]): Promise<Buffer> {
  const python = await pythonRuntime();
  const plain = await python.interpreterFor('');
  const files = Object.fromEntries(wheels.map((bytes, i) => [`${i}.whl`, bytes]));
  const names = JSON.stringify(Object.keys(files).map((name) => `/${name}`));
  const source = PROGRAM.replace('WHEELS', names).replace('ARCHIVE', SITE_PACKAGES);
  const interpreterFor = () => Promise.resolve({ ...plain, files });
  const sandbox = new Sandbox({ ...python, interpreterFor }, LIMITS);
  try {
    const result = await sandbox.run(source, new AbortController().signal);
    if (result.end !== 'exit') throw new Error(`Python ended with ${JSON.stringify(result)}`);
    if (result.status !== 0) throw new Error(result.stderr);
    return Buffer.from(result.stdout, 'base64');
  } finally {
    await sandbox.close();
  }
}

/** What bit equality of a resumed run depends on, as far as the process can tell. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform } from 'node:os';

export function fingerprint(): Record<string, string> {
  const onnxruntime = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return {
    node: process.versions.node,
    onnxruntime: onnxruntime.version,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpu_features: cpuFeatures(),
    cores: String(availableParallelism()),
  };
}

/** A hash of the kernel's list of instruction sets, which decide the kernels that ONNX Runtime takes; `unknown` where there is no such list. */
function cpuFeatures(): string {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    if (!flags) return 'unknown';
    return createHash('sha256').update(flags.trim().split(/\s+/).sort().join(' ')).digest('hex').slice(0, 16);
  } catch {
    return 'unknown';
  }
}

/** The Python of this machine under bubblewrap, both of which root may install on Debian, with numpy. */
import { existsSync } from 'node:fs';
import { installDebianPackages } from '../../bench/harness/debian-packages.js';
import { findHostPython } from '../../src/tools/host-python/find-host-python.js';
import type { HostPython } from '../../src/tools/host-python/host-python.js';

export const PYTHON = '/usr/bin/python3';
const INSTALLED = [PYTHON, '/usr/bin/bwrap', '/usr/lib/python3/dist-packages/numpy'];

/** Or why there is none. */
export async function installedPython(): Promise<{ readonly python: HostPython } | { readonly reason: string }> {
  const isInstalled = () => INSTALLED.every((path) => existsSync(path));
  const fault = isInstalled() ? null : installDebianPackages('bubblewrap', 'python3', 'python3-numpy');
  if (!isInstalled()) return { reason: `there is no bubblewrap with a Python that has numpy: ${fault}` };
  try {
    return { python: await findHostPython(PYTHON) };
  } catch (error) {
    return { reason: `programs cannot be shut in here: ${(error as Error).message}` };
  }
}

/** A graphics adapter in software, for WebGPU where a machine has none: Chromium's SwiftShader behind Debian's Vulkan loader. */
import { existsSync } from 'node:fs';
import { installDebianPackages } from '../../bench/harness/debian-packages.js';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

/** What a process needs in its environment to find the adapter, or why there is none. */
export type SoftwareAdapter = { readonly env: Readonly<Record<string, string>> } | { readonly reason: string };

export function softwareAdapter(): SoftwareAdapter {
  const isInstalled = () => existsSync(DRIVER) && existsSync(LOADER);
  const fault = isInstalled() ? null : installDebianPackages('chromium', 'libvulkan1');
  if (isInstalled()) return { env: { VK_ICD_FILENAMES: DRIVER } };
  return { reason: `there is no SwiftShader with a Vulkan loader: ${fault ?? 'the packages have none'}` };
}

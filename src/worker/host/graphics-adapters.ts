/** The graphics processors that a machine has, as its kernel knows them. Says nothing about whether their drivers work. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PCI = '/sys/bus/pci/devices';
/** Controllers of a display, and those that only compute. */
const DISPLAY_CLASS = '0x03';
/** Makers of processors: what virtual machines show on their screens has others. */
const MAKERS: Readonly<Record<string, string>> = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel' };

/** Their names, as well as they are known: `NVIDIA H100 80GB HBM3`, or `AMD 0x74a1`. Where the machine is no Linux, none is found but Apple's. */
export async function graphicsAdapters(): Promise<string[]> {
  if (process.platform === 'darwin' && process.arch === 'arm64') return ['Apple'];
  const slots = await readdir(PCI).catch(() => []);
  const names = await Promise.all(slots.map((slot) => adapterName(slot)));
  return names.filter((name) => name !== null);
}

async function adapterName(slot: string): Promise<string | null> {
  const fact = async (name: string) => (await readFile(join(PCI, slot, name), 'utf8').catch(() => '')).trim();
  const maker = MAKERS[await fact('vendor')];
  if (maker === undefined || !(await fact('class')).startsWith(DISPLAY_CLASS)) return null;
  return (await nvidiaModel(slot)) ?? `${maker} ${await fact('device')}`;
}

/** As NVIDIA's driver calls it, where that is loaded. */
async function nvidiaModel(slot: string): Promise<string | undefined> {
  const text = await readFile(`/proc/driver/nvidia/gpus/${slot}/information`, 'utf8').catch(() => '');
  const [, model] = /^Model:\s*(.+)$/m.exec(text) ?? [];
  return model && (model.startsWith('NVIDIA') ? model : `NVIDIA ${model}`);
}

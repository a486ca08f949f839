/** The licence that weights come under goes where the weights go. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const isLicence = (file: string) => /^(licen[cs]e|notice|copying)(\.\w+)?$/i.test(file);

/** Copies the licence files of a directory, if it has any. */
export async function copyLicenceFiles(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).filter(isLicence)) await copyFile(join(from, name), join(to, name));
}

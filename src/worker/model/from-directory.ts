/** A model in a directory of the operator's. Follows symbolic links as far as they stay within MODELS_DIR. */
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ModelFolder } from './model-folder.js';
import {
  checkNames,
  INDEX_FILE,
  isCourtesy,
  isDocument,
  isTooLarge,
  MAX_DOCUMENT_BYTES,
  unreadable,
  weightNames,
} from './model-files.js';
import type { ModelSourceFiles } from './model-source.js';
import type { TransferProgress } from './transfer-progress.js';

export class DirectorySource implements ModelSourceFiles {
  readonly commit = null;
  private root = '';
  private directory = '';
  private names: string[] = [];

  /**
   * @param modelsDir undefined when the operator has set none
   * @param path as the user gave it, within `modelsDir`
   */
  constructor(
    private readonly modelsDir: string | undefined,
    private readonly path: string,
    private readonly folder: ModelFolder,
    private readonly progress: TransferProgress,
  ) {}

  async documents(): Promise<void> {
    await this.find();
    checkNames(this.names);
    const wanted: string[] = [];
    for (const name of this.names) {
      if (isDocument(name) || (isCourtesy(name) && !isTooLarge(name, (await this.lookAt(name)).size)))
        wanted.push(name);
    }
    await this.bring(wanted);
  }

  async weights(): Promise<void> {
    await this.bring(weightNames(this.names, await this.folder.text(INDEX_FILE)));
  }

  /** Where the directory really is, and what is in it. */
  private async find(): Promise<void> {
    const { modelsDir, path } = this;
    if (modelsDir === undefined) {
      throw unreadable('this worker has no MODELS_DIR: set it to the folder that models may be taken from');
    }
    this.root = await realpath(modelsDir).catch(() => {
      throw unreadable(`MODELS_DIR (${modelsDir}) is not there on this worker's machine`);
    });
    const asked = resolve(modelsDir, path);
    if (!isWithin(modelsDir, asked)) throw unreadable(`source.path ${path} is not within MODELS_DIR`);
    this.directory = await realpath(asked).catch(() => {
      throw unreadable(`there is no directory ${path} in MODELS_DIR`);
    });
    this.refuseOutside(this.directory, path);
    if (!(await stat(this.directory)).isDirectory()) throw unreadable(`${path} is not a directory`);
    this.names = await readdir(this.directory);
  }

  private async bring(names: readonly string[]): Promise<void> {
    const files: { name: string; path: string; size: number }[] = [];
    for (const name of names) files.push({ name, ...(await this.lookAt(name)) });
    const tooLarge = files.find(({ name, size }) => isTooLarge(name, size));
    if (tooLarge) throw unreadable(`${tooLarge.name} is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    this.folder.checkSize(bytes);
    this.progress.total = (this.progress.total ?? 0) + bytes;
    for (const { name, path } of files) {
      await this.folder.add(name, this.progress.count(createReadStream(path))).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
        throw unreadable(`${name} cannot be read: the worker's user may not`);
      });
    }
  }

  private async lookAt(name: string): Promise<{ path: string; size: number }> {
    const path = await realpath(join(this.directory, name)).catch(() => {
      throw unreadable(`${name} is a symbolic link that leads nowhere`);
    });
    this.refuseOutside(path, name);
    const file = await stat(path);
    if (!file.isFile()) throw unreadable(`${name} is not an ordinary file`);
    return { path, size: file.size };
  }

  private refuseOutside(path: string, name: string): void {
    if (isWithin(this.root, path)) return;
    throw unreadable(`${name} is a symbolic link that leads out of MODELS_DIR: copy what it leads to`);
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

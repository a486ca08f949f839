/** A model in a directory of the operator's. Follows symbolic links as far as they stay within MODELS_DIR. */
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isWithin } from '../../config/is-within.js';
import type { AppError } from '../../errors/app-error.js';
import type { ModelFolder } from './model-folder.js';
import {
  checkNames,
  INDEX_FILE,
  isAccompanying,
  isDocument,
  isTooLarge,
  tooLarge,
  unreadable,
  weightNames,
} from './model-files.js';
import type { ModelSourceFiles } from './model-source.js';
import type { TransferProgress } from './transfer-progress.js';

interface Found {
  readonly name: string;
  /** Without symbolic links. */
  readonly path: string;
  readonly size: number;
}

const bytesOf = (files: readonly Found[]): number => files.reduce((sum, { size }) => sum + size, 0);

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
      if (isDocument(name) || (isAccompanying(name) && !isTooLarge(name, (await this.lookAt(name)).size)))
        wanted.push(name);
    }
    await this.bring(await this.lookAtAll(wanted));
  }

  async weights(): Promise<void> {
    const files = await this.lookAtAll(weightNames(this.names, await this.folder.text(INDEX_FILE)));
    this.progress.total = this.folder.sizeBytes + bytesOf(files);
    await this.bring(files);
  }

  /** Where the directory really is, and what is in it. */
  private async find(): Promise<void> {
    const { modelsDir, path } = this;
    if (modelsDir === undefined) {
      throw unreadable('this worker has no MODELS_DIR: set it to the folder that models may be taken from');
    }
    // Where MODELS_DIR lies is the operator's: who brings a model is not told.
    this.root = await realpath(modelsDir).catch((error: unknown) => {
      throw isForbidden(error)
        ? unreadable("the worker's user may not open MODELS_DIR: have it made readable")
        : unreadable("MODELS_DIR is not there on this worker's machine: have it mounted, or the setting mended");
    });
    const asked = resolve(modelsDir, path);
    if (!isWithin(modelsDir, asked)) throw unreadable(`source.path ${path} is not within MODELS_DIR`);
    this.directory = await realpath(asked).catch((error: unknown) => {
      throw isForbidden(error) ? mayNotRead(path) : unreadable(`there is no directory ${path} in MODELS_DIR`);
    });
    this.refuseOutside(this.directory, path);
    if (!(await stat(this.directory)).isDirectory()) throw unreadable(`${path} is not a directory`);
    this.names = await readdir(this.directory).catch((error: unknown) => {
      throw isForbidden(error) ? mayNotRead(path) : error;
    });
  }

  private async lookAtAll(names: readonly string[]): Promise<Found[]> {
    const files: Found[] = [];
    for (const name of names) files.push({ name, ...(await this.lookAt(name)) });
    return files;
  }

  private async bring(files: readonly Found[]): Promise<void> {
    for (const { name, size } of files) if (isTooLarge(name, size)) throw tooLarge(name);
    this.folder.checkSize(this.folder.sizeBytes + bytesOf(files));
    for (const { name, path } of files) {
      const file = await open(path).catch((error: unknown) => {
        throw isForbidden(error) ? mayNotRead(name) : error;
      });
      await this.folder.add(name, this.progress.count(file.createReadStream()));
    }
  }

  private async lookAt(name: string): Promise<{ path: string; size: number }> {
    const path = await realpath(join(this.directory, name)).catch((error: unknown) => {
      throw isForbidden(error) ? mayNotRead(name) : unreadable(`${name} is a symbolic link that leads nowhere`);
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

const isForbidden = (error: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');

function mayNotRead(name: string): AppError<'MODEL_UNREADABLE'> {
  return unreadable(`the worker's user may not read ${name}: have it made readable (chmod -R a+rX)`);
}

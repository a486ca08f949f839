/** A model in a repository of a hub, at the commit that the revision is now. */
import type { SourceOf } from '../../../spec/model-spec.js';
import {
  checkNames,
  INDEX_FILE,
  isAccompanying,
  isDocument,
  isTooLarge,
  tooLarge,
  weightNames,
} from '../model-files.js';
import type { ModelFolder } from '../model-folder.js';
import type { ModelSourceFiles } from '../model-source.js';
import type { TransferProgress } from '../transfer-progress.js';
import type { Hub, HubFile, HubRepository } from './hub.js';

export class HubSource implements ModelSourceFiles {
  private repository: HubRepository | null = null;
  /** Those beside config.json; what lies deeper is no part of the model. */
  private files: readonly HubFile[] = [];

  constructor(
    private readonly hub: Hub,
    private readonly source: SourceOf<'huggingface'>,
    private readonly folder: ModelFolder,
    private readonly progress: TransferProgress,
  ) {}

  get commit(): string | null {
    return this.repository?.commit ?? null;
  }

  async documents(): Promise<void> {
    const { repo, revision } = this.source;
    const repository = await this.hub.repository(repo, revision);
    this.repository = repository;
    this.files = repository.files.filter(({ name }) => !name.includes('/'));
    checkNames(this.files.map(({ name }) => name));
    const small = ({ name, sizeBytes }: HubFile) => sizeBytes !== null && !isTooLarge(name, sizeBytes);
    await this.bring(
      repository,
      this.files.filter((file) => isDocument(file.name) || (isAccompanying(file.name) && small(file))),
    );
  }

  async weights(): Promise<void> {
    const repository = this.repository;
    if (!repository) throw new Error('the documents come first');
    const names = weightNames(
      this.files.map(({ name }) => name),
      await this.folder.text(INDEX_FILE),
    );
    const files = this.files.filter(({ name }) => names.includes(name));
    const bytes = bytesOf(files);
    this.progress.total = bytes === null ? null : this.folder.sizeBytes + bytes;
    await this.bring(repository, files);
  }

  private async bring(repository: HubRepository, files: readonly HubFile[]): Promise<void> {
    for (const { name, sizeBytes } of files) {
      if (isTooLarge(name, sizeBytes ?? 0)) throw tooLarge(name);
    }
    this.folder.checkSize(this.folder.sizeBytes + (bytesOf(files) ?? 0));
    for (const file of files)
      await this.folder.add(file.name, this.progress.count(this.hub.download(repository, file)));
  }
}

/** Null when the hub does not say. */
function bytesOf(files: readonly HubFile[]): number | null {
  let sum = 0;
  for (const { sizeBytes } of files) {
    if (sizeBytes === null) return null;
    sum += sizeBytes;
  }
  return sum;
}

/** A model in a repository of a hub, at the commit that the revision is now. */
import type { SourceOf } from '../../../spec/model-spec.js';
import {
  checkNames,
  INDEX_FILE,
  isCourtesy,
  isDocument,
  isTooLarge,
  MAX_DOCUMENT_BYTES,
  unreadable,
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
  /** Bytes of what was brought and of what is being brought; null when the hub does not say. */
  private announced: number | null = 0;

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
      this.files.filter((file) => isDocument(file.name) || (isCourtesy(file.name) && small(file))),
    );
  }

  async weights(): Promise<void> {
    const repository = this.repository;
    if (!repository) throw new Error('the documents come first');
    const names = weightNames(
      this.files.map(({ name }) => name),
      await this.folder.text(INDEX_FILE),
    );
    await this.bring(
      repository,
      this.files.filter(({ name }) => names.includes(name)),
    );
  }

  private async bring(repository: HubRepository, files: readonly HubFile[]): Promise<void> {
    for (const { name, sizeBytes } of files) {
      if (isTooLarge(name, sizeBytes ?? 0)) throw unreadable(`${name} is larger than ${MAX_DOCUMENT_BYTES} bytes`);
      if (this.announced !== null) this.announced = sizeBytes === null ? null : this.announced + sizeBytes;
    }
    this.folder.checkSize(this.announced ?? 0);
    this.progress.total = this.announced;
    for (const file of files)
      await this.folder.add(file.name, this.progress.count(this.hub.download(repository, file)));
  }
}

/** A model in an uploaded tar: at its root, or in one folder of it. */
import type { ModelFolder } from './model-folder.js';
import {
  checkNames,
  CONFIG_FILE,
  INDEX_FILE,
  isAccompanying,
  isDocument,
  isTooLarge,
  isWeights,
  unreadable,
  WEIGHTS_FILE,
  weightNames,
} from './model-files.js';
import type { ModelSourceFiles } from './model-source.js';
import { readArchive, type Archive } from './read-archive.js';
import type { TransferProgress } from './transfer-progress.js';

/** Of the folders that an error names. */
const MAX_PLACES = 5;

/** Files in a folder of the archive by name, with their sizes. */
type Listing = Map<string, number>;

export class ArchiveSource implements ModelSourceFiles {
  readonly commit = null;

  constructor(
    private readonly archive: Archive,
    private readonly folder: ModelFolder,
    private readonly progress: TransferProgress,
  ) {}

  /** All in one: what comes last in the archive may be needed first. Nothing is stored of an archive that is not sound to its end. */
  async documents(): Promise<void> {
    const [place, listing] = modelIn(await this.list());
    const names = [...listing.keys()];
    checkNames(names);
    const wanted = (name: string) =>
      isDocument(name) ||
      (isAccompanying(name) && !isTooLarge(name, listing.get(name) ?? 0)) ||
      (isWeights(name) && (name === WEIGHTS_FILE || !listing.has(WEIGHTS_FILE)));
    this.progress.total = this.archive.bytes;
    await readArchive(
      this.archive,
      async ({ path, content }) => {
        const [at, name] = placeOf(path);
        if (at === place && wanted(name)) await this.folder.add(name, content);
      },
      (source) => this.progress.count(source),
    );
    const weights = weightNames(names, await this.folder.text(INDEX_FILE));
    for (const { name } of this.folder.files)
      if (isWeights(name) && !weights.includes(name)) await this.folder.drop(name);
  }

  /** They came with the documents. */
  async weights(): Promise<void> {}

  /** The files at the root and in the folders there; what lies deeper is no model's. */
  private async list(): Promise<Map<string, Listing>> {
    const folders = new Map<string, Listing>();
    await readArchive(this.archive, ({ path, sizeBytes }) => {
      const [place, name] = placeOf(path);
      if (!place.includes('/')) folders.set(place, (folders.get(place) ?? new Map()).set(name, sizeBytes));
      return Promise.resolve();
    });
    return folders;
  }
}

/** The folder, empty for the root, and the name of the file in it. */
function placeOf(path: string): [place: string, name: string] {
  const cut = path.lastIndexOf('/');
  return [path.slice(0, Math.max(cut, 0)), path.slice(cut + 1)];
}

/** Where the model is: at the root if it has a configuration, else in the only folder that has one. */
function modelIn(folders: ReadonlyMap<string, Listing>): [place: string, listing: Listing] {
  const root = folders.get('');
  if (root?.has(CONFIG_FILE)) return ['', root];
  const [found, ...others] = [...folders].filter(([, listing]) => listing.has(CONFIG_FILE));
  if (others.length > 0) {
    const places = [found, ...others].map((entry) => entry?.[0]);
    const beyond = places.length > MAX_PLACES ? ` and ${places.length - MAX_PLACES} more` : '';
    throw unreadable(
      `there is a ${CONFIG_FILE} in each of ${places.slice(0, MAX_PLACES).join(', ')}${beyond}: pack one model`,
    );
  }
  const [only, ...more] = [...folders];
  return found ?? (only && more.length === 0 ? only : ['', root ?? new Map()]);
}

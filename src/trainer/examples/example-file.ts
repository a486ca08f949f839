/** A job's examples: a file of JSON Lines that is read line by line on demand, and the order in which a run goes through it. */
import { open, type FileHandle } from 'node:fs/promises';
import { TrainingExample } from '../../protocol/messages.js';
import { closeOnError } from '../close-on-error.js';
import { shuffled } from '../draws.js';
import { TrainerFailure } from '../failure.js';

const NEWLINE = 10;
const CHUNK_BYTES = 1 << 20;

/** Holds where each line is, not the lines, so that memory does not grow with the text. */
export class ExampleFile {
  /** The lines that there still are; null: all. */
  private kept: Uint32Array | null = null;

  private constructor(
    private readonly file: FileHandle,
    /** Start of each line, and the end of the last. */
    private readonly offsets: readonly number[],
  ) {}

  /** Throws TrainerFailure when the file has no line. */
  static async open(path: string): Promise<ExampleFile> {
    const file = await open(path);
    return closeOnError(file, async () => {
      const offsets = [0];
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      let size = 0;
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, size);
        if (bytesRead === 0) break;
        for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < bytesRead; at = chunk.indexOf(NEWLINE, at + 1)) {
          offsets.push(size + at + 1);
        }
        size += bytesRead;
      }
      if (offsets.at(-1) !== size) offsets.push(size);
      if (offsets.length < 2) {
        throw new TrainerFailure('dataset_empty', 'The dataset has no examples: upload one that has');
      }
      return new ExampleFile(file, offsets);
    });
  }

  get count(): number {
    return this.kept?.length ?? this.offsets.length - 1;
  }

  /** From now on the file is as if it did not have these lines. */
  drop(lines: ReadonlySet<number>): void {
    const all = Array.from({ length: this.count }, (_, line) => line);
    const kept = all.filter((line) => !lines.has(line)).map((line) => this.kept?.[line] ?? line);
    this.kept = Uint32Array.from(kept);
  }

  /** The example on line `line`, from 0. */
  async read(line: number): Promise<TrainingExample> {
    const at = this.kept ? this.kept[line]! : line;
    const [start, end] = [this.offsets[at]!, this.offsets[at + 1]!];
    const bytes = Buffer.allocUnsafe(end - start);
    await this.file.read(bytes, 0, bytes.length, start);
    return TrainingExample.parse(JSON.parse(bytes.toString('utf8')));
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Which line comes at which place of the endless sequence of epochs. A function of the place alone: nothing to save. */
export class ExampleOrder {
  private epoch = -1;
  private lines: Uint32Array | null = null;

  constructor(
    private readonly count: number,
    private readonly seed: number,
    private readonly shuffle: boolean,
  ) {}

  lineAt(place: number): number {
    const epoch = Math.floor(place / this.count);
    const within = place % this.count;
    if (!this.shuffle) return within;
    if (epoch !== this.epoch) {
      this.lines = shuffled(this.seed, epoch, this.count);
      this.epoch = epoch;
    }
    return this.lines![within]!;
  }
}

/** The batches of a supervised run, of demonstrations or of pairs: examples to sequences, sequences to rows. A batch is a function of the place where it begins; it runs no model. */
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import { closeOnError } from '../close-on-error.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { ExampleFile, ExampleOrder } from './example-file.js';
import { dropUnrenderable } from './examine-examples.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import type { Renderer } from '../model/render.js';
import { sequenceReader, type Sequence, type SequenceReader } from './sequences.js';

export interface DemonstrationBatch {
  sequences: Sequence[];
  /** Indices of the examples that they are of, in their order. */
  examples: number[];
  /** Times that the whole dataset was gone through before. */
  epoch: number;
  tokens: number;
  /** Tokens that are learnt. */
  targets: number;
  /** Place of the first example that is not in the batch. */
  end: number;
}

/** Fills rows one after the other, or counts examples where nothing is packed. Not a bin packer: the order of the examples stays. */
export class RowFiller {
  private rows = 0;
  private left = 0;

  constructor(
    private readonly mostRows: number,
    private readonly rowLength: number,
    private readonly pack: boolean,
  ) {}

  /** Whether the sequences of an example found room; if not all did, none takes any. Packed, each lies in one row; else they take one place together. */
  add(lengths: readonly number[]): boolean {
    let { rows, left } = this;
    if (!this.pack && lengths.length > 0) rows += 1;
    for (const length of this.pack ? lengths : []) {
      if (length > left) {
        rows += 1;
        left = this.rowLength;
      }
      left -= length;
    }
    // What is larger than a whole batch still makes a batch of its own.
    if (rows > this.mostRows && this.rows > 0) return false;
    this.rows = rows;
    this.left = left;
    return true;
  }
}

export class Demonstrations {
  private warned = false;

  private constructor(
    /** All that can be rendered. */
    readonly file: ExampleFile,
    private readonly order: ExampleOrder,
    private readonly spec: SupervisedRunSpec['training'],
    private readonly reader: SequenceReader,
    private readonly renderer: Renderer,
    private readonly link: Link,
  ) {}

  /** Goes through the whole dataset, and passes over the examples that the chat template refuses; a warning names them, unless the run is `resumed`. */
  static async open(
    path: string,
    spec: SupervisedRunSpec,
    renderer: Renderer,
    { link, resumed }: { link: Link; resumed: boolean },
  ): Promise<Demonstrations> {
    const file = await ExampleFile.open(path);
    return closeOnError(file, async () => {
      const reader = sequenceReader(spec);
      await dropUnrenderable(file, (example) => reader.check(renderer, example), {
        link,
        onProgress: (fraction) => link.phase('preparing', 0, 0, fraction),
        quiet: resumed,
      });
      const order = new ExampleOrder(file.count, spec.seed, spec.training.shuffle);
      return new Demonstrations(file, order, spec.training, reader, renderer, link);
    });
  }

  /** The batch whose first example is at place `start` of the endless sequence of epochs, or before its end if the epochs are counted. */
  async batchAt(start: number): Promise<DemonstrationBatch> {
    const filler = this.filler();
    const epoch = Math.floor(start / this.file.count);
    const batch: DemonstrationBatch = { sequences: [], examples: [], epoch, tokens: 0, targets: 0, end: start };
    for (; batch.end < this.places; batch.end++) {
      if (batch.sequences.length === 0 && batch.end - start > this.file.count) this.refuseEmpty();
      const { index, sequences } = await this.demonstrationsAt(this.order.lineAt(batch.end));
      if (!filler.add(sequences.map(({ length }) => length))) break;
      if (sequences.length > 0) batch.examples.push(index);
      for (const sequence of sequences) {
        batch.sequences.push(sequence);
        batch.tokens += sequence.length;
        batch.targets += sequence.targets;
      }
    }
    if (batch.sequences.length === 0) this.refuseEmpty();
    return batch;
  }

  /** Steps that `dataset_epochs` take, found by going through the whole dataset once. */
  async countSteps(): Promise<number> {
    const lengths: number[][] = [];
    for (let line = 0; line < this.file.count; line++) {
      lengths.push((await this.demonstrationsAt(line)).sequences.map(({ length }) => length));
      if (line % 256 === 0) {
        this.link.phase('preparing', 0, 0, line / this.file.count);
        await yieldToEventLoop();
        this.link.signal.throwIfAborted();
      }
    }
    let steps = 0;
    let filled = 0;
    let filler = this.filler();
    for (let place = 0; place < this.places; place++) {
      const own = lengths[this.order.lineAt(place)]!;
      if (!filler.add(own)) {
        steps += 1;
        filled = 0;
        filler = this.filler();
        filler.add(own);
      }
      filled += own.length;
    }
    if (filled === 0) this.refuseEmpty();
    return steps + 1;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Places before the end; without an end where steps are counted. */
  private get places(): number {
    const { dataset_epochs: epochs } = this.spec;
    return epochs === null ? Infinity : Math.ceil(epochs * this.file.count);
  }

  private filler(): RowFiller {
    const { batch_size: rows, max_length: length } = this.spec;
    return new RowFiller(rows, length, 'pack' in this.spec && this.spec.pack);
  }

  private async demonstrationsAt(line: number): Promise<{ index: number; sequences: Sequence[] }> {
    const example = await this.file.read(line);
    const { sequences, isCut } = this.reader.read(this.renderer, example, this.spec.max_length);
    if (isCut) this.warnOfCut(example.index);
    return { index: example.index, sequences };
  }

  private warnOfCut(example: number): void {
    if (this.warned) return;
    this.warned = true;
    const message = `Example ${example}, and perhaps others, exceeds training.max_length (${this.spec.max_length}) and is cut there`;
    void this.link.log('warn', message).catch(() => {});
  }

  private refuseEmpty(): never {
    const message = 'No example has an assistant message that fits into training.max_length: nothing can be learnt';
    throw new TrainerFailure('nothing_to_learn', message);
  }
}

/**
 * Rewrites the CPython binary so that its memory can be given, limited, frozen and thawed from outside: a WebAssembly module is a list of
 * sections, and three of them change. No instruction of the program is touched.
 */

const enum Section {
  Custom = 0,
  Import = 2,
  Memory = 5,
  Global = 6,
  Export = 7,
  Data = 11,
}

const MEMORY_KIND = 2;
const TABLE_KIND = 1;
const GLOBAL_KIND = 3;

export interface PythonBinary {
  /** With the program's initial data: starts an interpreter. */
  readonly boot: Uint8Array<ArrayBuffer>;
  /** The same code without data: continues from the memory of an interpreter that was started. */
  readonly resume: Uint8Array<ArrayBuffer>;
  readonly initialPages: number;
}

/**
 * The memory becomes an import, `env.memory`, the function table and the stack pointer become exports, and debugging information goes.
 * Throws when the module is not made as expected: one memory, and the stack pointer as its only global variable.
 */
export function thawableBinary(wasm: Uint8Array): PythonBinary {
  const sections = readSections(wasm);
  const body = (id: Section): Uint8Array => {
    const found = sections.find((section) => section.id === id);
    if (!found) throw new Error(`The Python binary has no section ${id}`);
    return found.body;
  };
  const memory = new Reader(body(Section.Memory));
  const globals = new Reader(body(Section.Global));
  if (memory.leb() !== 1 || globals.leb() !== 1) throw new Error('The Python binary is not of the known build');
  memory.leb(); // flags: with or without a maximum of its own
  const initialPages = memory.leb();

  const imports = appended(body(Section.Import), [
    [...name('env'), ...name('memory'), MEMORY_KIND, 0, ...leb(initialPages)],
  ]);
  const exports = appended(body(Section.Export), [
    [...name('table'), TABLE_KIND, 0],
    [...name('stack_pointer'), GLOBAL_KIND, 0],
  ]);
  const kept = sections
    .filter(({ id }) => id !== Section.Custom && id !== Section.Memory)
    .map(({ id, body: old }) => ({
      id,
      body: id === Section.Import ? imports : id === Section.Export ? exports : old,
    }));
  const header = wasm.subarray(0, 8);
  return {
    boot: assembled(header, kept),
    resume: assembled(
      header,
      kept.filter(({ id }) => id !== Section.Data),
    ),
    initialPages,
  };
}

interface RawSection {
  readonly id: number;
  readonly body: Uint8Array;
}

/** Reads numbers of variable length (unsigned LEB128) in order. */
class Reader {
  position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw new Error('The Python binary ends too early');
    this.position += 1;
    return byte;
  }

  leb(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}

function readSections(wasm: Uint8Array): RawSection[] {
  const reader = new Reader(wasm);
  const sections: RawSection[] = [];
  reader.take(8);
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.take(reader.leb()) });
  }
  return sections;
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))];
}

const name = (text: string): number[] => [...leb(text.length), ...Buffer.from(text)];

/** A section that is a counted list, with more entries at its end: the numbers of the earlier ones stay. */
function appended(section: Uint8Array, entries: readonly number[][]): Uint8Array {
  const reader = new Reader(section);
  const count = reader.leb() + entries.length;
  return Buffer.concat([
    Uint8Array.from(leb(count)),
    section.subarray(reader.position),
    Uint8Array.from(entries.flat()),
  ]);
}

function assembled(header: Uint8Array, sections: readonly RawSection[]): Uint8Array<ArrayBuffer> {
  return Buffer.concat([
    header,
    ...sections.flatMap(({ id, body }) => [Uint8Array.from([id, ...leb(body.length)]), body]),
  ]);
}

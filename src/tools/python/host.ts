/**
 * All that the interpreter can ask of the world: its source on standard input, two outputs, clocks, random bytes, files in memory.
 * No host file, no environment, no network. These are @runno/wasi's system calls with those that misbehave replaced.
 */
import { randomFillSync } from 'node:crypto';
import { WASI, WASISnapshotPreview1, type WASIContextOptions } from '@runno/wasi';
import { MemoryDrive, type SharedFiles } from './drive.js';
import { CappedOutput } from './output.js';

const { Result } = WASISnapshotPreview1;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const IOVEC_BYTES = 8;
const REALTIME_CLOCK = 0;
const YIELD_MS = 1;

/** Ends the program: it asked to exit. */
export class ProgramExit extends Error {
  constructor(readonly status: number) {
    super(`exit ${status}`);
  }
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

const nanosecondsOf = (clock: number): bigint =>
  clock === REALTIME_CLOCK ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();

export class ProgramHost extends WASI {
  private source = new Uint8Array(0);
  private stdout = new CappedOutput(0);
  private stderr = new CappedOutput(0);
  private files = new MemoryDrive({});

  /** @param shared files that all programs can read, by their names below the root */
  constructor(
    memory: WebAssembly.Memory,
    private readonly shared: SharedFiles,
    options: Partial<Pick<WASIContextOptions, 'args' | 'env'>> = {},
  ) {
    // Without a debug function @runno/wasi keeps a record of every call for ever.
    super({ ...options, debug: () => undefined });
    this.memory = memory;
  }

  /** Makes the world new for one program; `outputLimit` is in bytes, for each of the two outputs. */
  reset(source: Uint8Array<ArrayBuffer>, outputLimit: number): void {
    this.source = source;
    this.stdout = new CappedOutput(outputLimit);
    this.stderr = new CappedOutput(outputLimit);
    this.files = new MemoryDrive(this.shared);
    // The declared type has private members, which no other class can have.
    this.drive = this.files as unknown as typeof this.drive;
  }

  output(): { stdout: string; stderr: string } {
    return { stdout: this.stdout.text(), stderr: this.stderr.text() };
  }

  override proc_exit(status: number): never {
    throw new ProgramExit(status);
  }

  override fd_read(fd: number, iovs: number, count: number, result: number): number {
    if (fd !== STDIN) return super.fd_read(fd, iovs, count, result);
    let read = 0;
    for (const buffer of this.buffers(iovs, count)) {
      const part = this.source.subarray(0, buffer.length);
      buffer.set(part);
      this.source = this.source.subarray(part.length);
      read += part.length;
    }
    this.view().setUint32(result, read, true);
    return Result.SUCCESS;
  }

  override fd_write(fd: number, iovs: number, count: number, result: number): number {
    if (fd !== STDOUT && fd !== STDERR) return super.fd_write(fd, iovs, count, result);
    const output = fd === STDOUT ? this.stdout : this.stderr;
    return this.writeAll(iovs, count, result, (buffer) => {
      output.write(buffer);
      return Result.SUCCESS;
    });
  }

  override fd_pwrite(fd: number, iovs: number, count: number, offset: bigint, result: number): number {
    return this.writeAll(iovs, count, result, (buffer, written) =>
      this.files.pwrite(fd, buffer, Number(offset) + written),
    );
  }

  override fd_allocate(fd: number, offset: bigint, length: bigint): number {
    const [errno, stat] = this.files.stat(fd);
    if (!stat) return errno;
    const size = offset + length;
    return size > BigInt(stat.byteLength) ? this.files.setSize(fd, size) : Result.SUCCESS;
  }

  override path_remove_directory(fd = 0, pointer = 0, length = 0): number {
    const path = new TextDecoder().decode(new Uint8Array(this.memory.buffer, pointer, length));
    return this.files.removeDirectory(fd, path);
  }

  override random_get(pointer: number, length: number): number {
    randomFillSync(new Uint8Array(this.memory.buffer, pointer, length));
    return Result.SUCCESS;
  }

  override clock_time_get(clock: number, _precision: bigint, result: number): number {
    this.view().setBigUint64(result, nanosecondsOf(clock), true);
    return Result.SUCCESS;
  }

  /** Gives the processor away for a moment: the binary has no other way to wait, see `sleep` in launcher.ts. */
  override sched_yield(): number {
    Atomics.wait(sleepCell, 0, 0, YIELD_MS);
    return Result.SUCCESS;
  }

  private view(): DataView {
    return new DataView(this.memory.buffer);
  }

  private buffers(iovs: number, count: number): Uint8Array[] {
    const view = this.view();
    return Array.from({ length: count }, (_, i) => {
      const iovec = iovs + IOVEC_BYTES * i;
      return new Uint8Array(this.memory.buffer, view.getUint32(iovec, true), view.getUint32(iovec + 4, true));
    });
  }

  private writeAll(
    iovs: number,
    count: number,
    result: number,
    write: (buffer: Uint8Array, writtenBefore: number) => number,
  ): number {
    let written = 0;
    for (const buffer of this.buffers(iovs, count)) {
      const errno = write(buffer, written);
      if (errno !== Result.SUCCESS) return errno;
      written += buffer.length;
    }
    this.view().setUint32(result, written, true);
    return Result.SUCCESS;
  }
}

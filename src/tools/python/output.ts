/** What a program wrote to one of its outputs, up to a limit. */

/** Ends the program: it wrote more than it may. */
export class OutputLimit extends Error {}

/** Keeps bytes and decodes them only at the end: a character may arrive in two writes. */
export class CappedOutput {
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  constructor(private readonly limitBytes: number) {}

  /** Copies, since the memory behind `bytes` is used again. Throws OutputLimit once the limit is exceeded; what fits is kept. */
  write(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice(0, this.limitBytes - this.size));
    this.size = Math.min(this.limitBytes, this.size + bytes.length);
    if (this.chunks.at(-1)?.length !== bytes.length) throw new OutputLimit();
  }

  /** UTF-8 with U+FFFD for what is broken; a character that the limit cut in two is left out. */
  text(): string {
    return new TextDecoder().decode(Buffer.concat(this.chunks), { stream: true });
  }
}

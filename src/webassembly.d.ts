/** The part of the global WebAssembly object that is used. TypeScript declares it only together with a browser's globals. */
declare namespace WebAssembly {
  class Module {
    private readonly brand: 'Module';
    constructor(bytes: Uint8Array);
  }
  type Imports = Record<string, Record<string, unknown>>;
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    /** By pages of 64 KiB; takes the buffer's place. Throws a RangeError where there is no room. */
    grow(pages: number): number;
  }
  interface Global {
    value: number;
  }
  interface Table {
    get(index: number): (...args: number[]) => number;
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>;
}

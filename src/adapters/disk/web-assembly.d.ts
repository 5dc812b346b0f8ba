/** What Node has of WebAssembly, as far as it is used here: neither `@types/node` nor the library of ES declares it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    static exports(module: Module): readonly { readonly name: string }[];
  }
  /** @typeParam Exports - what the module's text exports */
  class Instance<Exports> {
    constructor(module: Module);
    readonly exports: Exports;
  }
  type Memory = { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  type Global = { value: number };
}

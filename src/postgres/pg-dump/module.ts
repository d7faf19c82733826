/**
 * Hold of the Emscripten module inside the package that carries pg_dump. Its own pgDump() returns text only,
 * with some lines removed, and gives the program a stack of 64 KiB, on which its arguments lie and below which
 * its data: a long list of tables to leave out runs over (tried), and nothing would notice a little too much.
 *
 * The module looks up optional settings on its options object. Those it lacks are looked up on
 * Object.prototype, so one accessor there, for a setting read early, hands us the object. This may be done
 * only in a thread that runs nothing else.
 */

export interface DumpProgram {
  /** What pg_dump wrote on its standard error, line by line. */
  readonly messages: readonly string[];
  /**
   * The file pg_dump wrote, once it has ended.
   * @throws when there is none, or when the stack was not large enough after all
   */
  output(): Uint8Array<ArrayBuffer>;
}

/** The parts of Emscripten's module that are used here. https://emscripten.org/docs/api_reference/module.html */
interface EmscriptenModule {
  printErr?: (line: string) => void;
  instantiateWasm?: (imports: object, receive: (instance: Instance, module: object) => void) => object;
  HEAPU8?: Uint8Array;
  FS?: { readFile(path: string, options?: { encoding: string }): Uint8Array<ArrayBuffer> | string };
}
interface Instance {
  exports: { malloc(bytes: number): number; _emscripten_stack_restore(pointer: number): void };
}
/** Node has it; the type declarations of Node leave it out. */
declare const WebAssembly: {
  instantiate(program: object, imports: object): Promise<Instance>;
};

const settingReadEarly = 'thisProgram';
const stackBytes = 32 * 1024 * 1024;
/** The lowest part of the stack, which nothing may have touched. */
const guardBytes = 64 * 1024;
const guardByte = 0xa5;

/** Call before pgDump(), once. @param program the compiled pg_dump, a WebAssembly.Module */
export function interceptDumpProgram(program: object): DumpProgram {
  const messages: string[] = [];
  let module: EmscriptenModule | undefined;
  let guardAt = 0;
  let written: Uint8Array<ArrayBuffer> | undefined;

  function prepare(found: EmscriptenModule): void {
    module = found;
    found.printErr = (line) => messages.push(line);
    found.instantiateWasm = (imports, receive) => {
      // An error in here ends the thread, which is noticed outside.
      void WebAssembly.instantiate(program, imports).then((instance) => {
        start(() => receive(instance, program));
        enlargeStack(instance.exports);
        captureOutput();
      });
      return {};
    };
  }

  /** The module starts in this call, though not its main(), which pgDump() calls in a later task. */
  function start(receive: () => void): void {
    try {
      receive();
    } catch {
      // pgDump() wants to change the mode of a file that is not there; the module itself ignores that, too.
    }
  }

  function enlargeStack(exports: Instance['exports']): void {
    guardAt = exports.malloc(stackBytes);
    if (guardAt === 0) throw new Error('there is no memory for a stack');
    memory().fill(guardByte, guardAt, guardAt + guardBytes);
    exports._emscripten_stack_restore((guardAt + stackBytes) & ~15);
  }

  function captureOutput(): void {
    const files = module?.FS;
    if (!files) throw new Error('the module does not offer its file system');
    const original = files.readFile.bind(files);
    files.readFile = (path) => {
      const file = original(path, { encoding: 'binary' });
      if (typeof file !== 'string') written = file;
      return '';
    };
  }

  function memory(): Uint8Array {
    if (!module?.HEAPU8) throw new Error('the module does not offer its memory');
    return module.HEAPU8;
  }

  // oxlint-disable-next-line no-extend-native -- see above
  Object.defineProperty(Object.prototype, settingReadEarly, {
    configurable: true,
    get(this: EmscriptenModule): string | undefined {
      if (!Object.hasOwn(this, 'preRun')) return undefined;
      if (!module) prepare(this);
      return 'pg_dump';
    },
  });

  return {
    messages,
    output() {
      if (guardAt === 0) throw new Error('the module ran without the stack meant for it');
      if (
        memory()
          .subarray(guardAt, guardAt + guardBytes)
          .some((byte) => byte !== guardByte)
      ) {
        throw new Error('its stack was not large enough');
      }
      if (!written) throw new Error('it wrote no file');
      return written;
    },
  };
}

/** The Python that surrounds a program on the machine's own interpreter: limits first, then the program from standard input. */
import { EXECUTE } from '../python/execute.js';

/** Processes and threads of one program. */
export const MAX_PROCESSES = 16;
const MAX_OPEN_FILES = 256;
/** MiB of one file, and of all files together. */
export const FILES_MB = 64;

/** Arguments: the memory of one process in bytes, seconds of processor time of one process. No program can raise a limit again, and as the sandbox has no process before it, all that there are have these. */
export const HOST_LAUNCHER = `
def launcher():
    import ast, os, resource, sys

    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    source = sys.stdin.buffer.read().decode()
    sys.argv[:] = ['']
    # A worker may have been started with files open that it knows nothing of.
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))
    limits = {
        'AS': memory, 'CPU': seconds, 'NPROC': ${MAX_PROCESSES}, 'NOFILE': ${MAX_OPEN_FILES}, 'FSIZE': ${FILES_MB * 2 ** 20}, 'CORE': 0, 'MSGQUEUE': 0,
    }
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (value, value))
${EXECUTE}
    main = type(sys)('__main__')
    main.__dict__.update(__builtins__=__builtins__, __annotations__={})
    sys.modules['__main__'] = main
    sys.exit(execute(source, main.__dict__))

launcher()
`;

/**
 * The Python that surrounds a program. It runs once: it imports what programs commonly use, reports the address of its function `run` on
 * standard output and exits. The memory it leaves is the image from which every call starts, by calling `run`.
 */

import { EXECUTE } from './execute.js';

/** In every image, so that importing them costs a program nothing. */
const PRELOADED =
  'abc ast bisect calendar cmath collections contextlib copy dataclasses datetime decimal enum fractions functools heapq io itertools json math ' +
  'numbers operator os random re statistics string textwrap time traceback types typing';

/**
 * Used once before the image is taken, so that what sympy imports and remembers only then is in it: solving a first equation takes two seconds.
 * The generator that sympy draws from is its own.
 */
const WARM_UP = `
    import mpmath, sympy
    from sympy.parsing.sympy_parser import parse_expr
    x, y = sympy.symbols('x y')
    sympy.solve([x + y - 3, x - y - 1]), sympy.solve(x**2 - 2), sympy.solve(sympy.sin(x) - 1), sympy.solveset(x**2 - 1, x)
    sympy.integrate(sympy.sin(x)**2, x), sympy.integrate(sympy.exp(-x**2), (x, -sympy.oo, sympy.oo)), sympy.diff(sympy.tan(x))
    sympy.limit(sympy.sin(x) / x, x, 0), sympy.series(sympy.exp(x), x, 0, 3), sympy.summation(x, (x, 1, y)), sympy.Matrix([[1, 2], [3, 4]]).eigenvals()
    sympy.simplify(sympy.sin(x)**2 + sympy.cos(x)**2), sympy.factor(x**2 - 1), sympy.expand((x + 1)**3), sympy.factorint(360), sympy.latex(x / y)
    sympy.N(sympy.pi, 30), parse_expr('2*x + 1'), mpmath.quad(mpmath.sin, [0, 1]), sympy.Eq(x, 1), sympy.nsolve(x**2 - 2, 1)
    seeds.append(sympy.core.random.seed)
`;

/** @param packages where sympy and mpmath are to be imported from; null: they are not */
export const launcher = (packages: string | null): string => `
def launcher():
    import ast, atexit, builtins, gc, importlib, os, posix, random, sys, time

    for name in '${PRELOADED}'.split():
        importlib.import_module(name)
    seeds = [random.seed]
${packages === null ? '' : `    sys.path.append('${packages}')${WARM_UP}`}
    os.environ.clear()

    def sleep(seconds):
        # The binary has no timers, but each yield gives the processor away for a millisecond.
        if seconds < 0:
            raise ValueError('sleep length must be non-negative')
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            posix.sched_yield()

    time.sleep = sleep
    # The binary was built for a small stack, with a limit of 600. Elsewhere it is 1000, into which a function that calls itself 1000 times does
    # not quite fit.
    sys.setrecursionlimit(1100)
${EXECUTE}
    def run():
        chunks = []
        while chunk := posix.read(0, 65536):
            chunks.append(chunk)
        for seed in seeds:
            seed()
        main = type(sys)('__main__')
        main.__dict__.update(__builtins__=builtins, __annotations__={})
        sys.modules['__main__'] = main
        status = execute(b''.join(chunks).decode(), main.__dict__)
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        posix._exit(status)

    gc.collect()
    gc.freeze()
    print(id(run), flush=True)
    posix._exit(0)

launcher()
`;

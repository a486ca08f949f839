/** The packages that programs have beside the standard library, as PyPI has them. All are Python alone: the interpreter loads no machine code. */

interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
}

const FILES = 'https://files.pythonhosted.org/packages';

/** Later releases of sympy import ctypes, which the interpreter does not have. */
export const WHEELS: readonly Wheel[] = [
  {
    name: 'sympy',
    version: '1.12.1',
    url: `${FILES}/61/53/e18c8c97d0b2724d85c9830477e3ebea3acf1dcdc6deb344d5d9c93a9946/sympy-1.12.1-py3-none-any.whl`,
    sha256: '9b2cbc7f1a640289430e13d2a56f02f867a1da0190f2f99d8968c2f74da0e515',
  },
  {
    name: 'mpmath',
    version: '1.3.0',
    url: `${FILES}/43/e3/7d92a15f894aa0c9c4b49b8ee9ac9850d6e63b03c9c32c0367a13ae62209/mpmath-1.3.0-py3-none-any.whl`,
    sha256: 'a0b2b9fe80bbcd81a6647ff13108738cfb482d481d826cc0e02f5b35e5c88d2c',
  },
];

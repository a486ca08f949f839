/** A real browser: the Chromium of this machine, or Debian's, which root may install. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { installDebianPackages } from './debian-packages.js';

const PROGRAMS = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program, or why there is none. */
export type FoundBrowser = { readonly program: string } | { readonly reason: string };

export function findBrowser(): FoundBrowser {
  const found = installed();
  if (found !== undefined) return { program: found };
  const fault = installDebianPackages('chromium', 'fonts-liberation');
  const program = installed();
  if (program !== undefined) return { program };
  return { reason: `there is no Chromium, which CHROMIUM may name: ${fault ?? 'apt-get installed none'}` };
}

export function launch(program: string): Promise<Browser> {
  // Chromium's own sandbox does not run as root, nor in most containers.
  return chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

function installed(): string | undefined {
  return PROGRAMS.find((program) => program !== undefined && existsSync(program));
}

/**
 * `npm run image:check`: builds the image on a base that is made here, since no registry of images is needed for it, and lets its processes train a tiny run as compose.yaml
 * starts them: as the image's user, with a root that cannot be written to. For root on Linux; takes some minutes, and is no part of `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from './build-image.js';

const TOOLS = ['buildah', 'debootstrap', 'ip', 'unshare'];
const CHECK_LIMIT_MS = 600_000;

const missing = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0);
if (process.platform !== 'linux' || process.getuid?.() !== 0 || missing.length > 0) {
  const lacks = missing.length > 0 ? `; not found: ${missing.join(', ')}` : '';
  console.error(`It takes root on Linux, and apt-get install buildah debootstrap iproute2 util-linux${lacks}`);
  process.exit(2);
}

const say = (line: string) => console.log(line);
// Where every user may look: PostgreSQL does not run as root.
const folder = mkdtempSync(join(tmpdir(), 'bough-image-'));
chmodSync(folder, 0o755);
let image;
try {
  image = buildImage(folder, say);
  // In a network of its own, ports and names are those of compose.yaml.
  const inside = 'ip link set lo up && exec "$0" "$@"';
  const program = join(import.meta.dirname, 'check-service.ts');
  const { status, signal } = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', inside, process.execPath, ...process.execArgv, program, folder, JSON.stringify(image.facts)],
    { stdio: 'inherit', timeout: CHECK_LIMIT_MS },
  );
  if (status !== 0) throw new Error(`the service does not work from the image (${signal ?? status})`);
  say('The image is well.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  image?.unmount();
  rmSync(folder, { recursive: true, force: true });
}

/** Whether a path is a folder or within it. By their texts alone: symbolic links are to be resolved before. */
import { isAbsolute, relative, sep } from 'node:path';

/** Both absolute. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

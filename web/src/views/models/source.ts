/** Where a model came from, in words. */
import type { Model } from '../../api/models.ts';

export function sourceOf(source: Model['source']): string {
  switch (source.type) {
    case 'huggingface':
      return `${source.repo} on the Hub`;
    case 'directory':
      return `the folder ${source.path}`;
    case 'upload':
      return 'an upload';
    case 'random':
      return 'random weights';
  }
}

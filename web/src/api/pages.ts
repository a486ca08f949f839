/** Lists that are read page by page as they are scrolled, and as a whole where they are short. */
import { useInfiniteQuery } from '@tanstack/react-query';

export interface Page<T> {
  readonly data: T[];
  readonly has_more: boolean;
  readonly last_id: string | null;
}

export type ReadPage<T> = (after: { after?: string }, signal: AbortSignal) => Promise<Page<T>>;

const REFRESH_MS = 4000;

/** What of a list has been read, and how to go on. */
export interface List<T> {
  /** Undefined until the first page is there. */
  readonly items: T[] | undefined;
  readonly error: Error | null;
  readonly hasMore: boolean;
  readonly readMore: () => void;
  readonly readAgain: () => void;
}

/** @param isLive whether what is in the list may change */
export function usePages<T>(key: readonly unknown[], read: ReadPage<T>, isLive: boolean): List<T> {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    // What was read while the list grew is read once more when it is whole.
    queryKey: [...key, isLive],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => read(cursor(pageParam), signal),
    getNextPageParam: (page: Page<T>) => (page.has_more ? (page.last_id ?? undefined) : undefined),
    ...(isLive ? { refetchInterval: REFRESH_MS } : { staleTime: Infinity }),
  });
  return {
    items: data?.pages.flatMap((page) => page.data),
    error,
    hasMore: hasNextPage,
    readMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    readAgain: () => void refetch(),
  };
}

/** All pages in turn. */
export async function allPages<T>(read: ReadPage<T>, signal: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  for (let after: string | undefined; ;) {
    const page = await read(cursor(after), signal);
    found.push(...page.data);
    if (!page.has_more || page.last_id === null) return found;
    after = page.last_id;
  }
}

const cursor = (after: string | undefined) => (after === undefined ? {} : { after });

/**
 * The text of each token. The API has the tokens of a segment as ids and its text as a whole; which id is which text says the tokenizer.json of a
 * checkpoint of the run.
 */
import { useQuery } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { useCheckpoints } from './checkpoints.ts';
import { BoughError } from './api.ts';

export interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
}

/** Null while there is none: the run has not written a checkpoint. */
export function useTokenizer(runId: string | undefined) {
  const { send } = useApi();
  const checkpoints = useCheckpoints(runId);
  const id = checkpoints.data?.find(({ files }) => files.some(({ name }) => name === 'tokenizer.json'))?.id;
  const { data = null } = useQuery({
    queryKey: ['tokenizer', runId],
    enabled: id !== undefined,
    queryFn: async ({ signal }) => {
      const response = await send(
        new Request(`${location.origin}/v1/checkpoints/${id ?? ''}/files/tokenizer.json`, { signal }),
      );
      if (!response.ok) throw await BoughError.from(response);
      return (await response.json()) as TokenizerFile;
    },
    staleTime: Infinity,
  });
  return data;
}

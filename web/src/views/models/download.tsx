/** Downloads a file of a checkpoint. A browser cannot send the key with a link, so that the file goes through memory, and large ones do not. */
import { useState } from 'react';
import { useApi } from '../../api/api-provider.tsx';
import { BoughError } from '../../api/api.ts';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { messageOf } from '../../ui/error-box.tsx';

const MAX_BYTES = 200_000_000;

export interface DownloadProps {
  readonly owner: string;
  readonly file: { readonly name: string; readonly size_bytes: number };
}

export function Download({ owner, file: { name, size_bytes: size } }: DownloadProps) {
  const { send } = useApi();
  const [said, setSaid] = useState('Download');
  const url = `${location.origin}/v1/checkpoints/${owner}/files/${name.split('/').map(encodeURIComponent).join('/')}`;
  if (size > MAX_BYTES) {
    return <Copy label="Copy curl" text={`curl -OJ ${url} -H "Authorization: Bearer $BOUGH_API_KEY"`} />;
  }
  const download = async () => {
    setSaid('Downloading …');
    try {
      const response = await send(new Request(url));
      if (!response.ok) throw await BoughError.from(response);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = name.slice(name.lastIndexOf('/') + 1);
      link.click();
      URL.revokeObjectURL(link.href);
      setSaid('Download');
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  return (
    <Button kind="quiet" onClick={() => void download()}>
      {said}
    </Button>
  );
}

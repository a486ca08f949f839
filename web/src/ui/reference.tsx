/** Another object, by its name and as a link, where its view is. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useApi } from '../api/api-provider.tsx';
import { unwrap, type Api } from '../api/api.ts';
import { safeText } from './safe-text.ts';

/** @param props.to where the link leads, when that is not the object's own view */
export function Reference({ id, to }: { id: string; to?: string }) {
  const { api } = useApi();
  const { data: name } = useQuery({
    queryKey: ['name', id],
    queryFn: () => nameOf(api, id),
    staleTime: Infinity,
    // What is deleted has no name any more: its id stands for it.
    retry: false,
  });
  const text = safeText(name ?? `${id.slice(0, id.indexOf('_') + 1)}…${id.slice(-6)}`);
  const path = to ?? pathOf(id);
  return path === null ? (
    <span title={id}>{text}</span>
  ) : (
    <Link href={path} title={id} className={to === undefined ? '' : 'row-link'}>
      {text}
    </Link>
  );
}

function pathOf(id: string): string | null {
  const [kind] = id.split('_');
  const folder = { run: 'runs', ds: 'datasets', mdl: 'models', ckpt: 'checkpoints', eval: 'evaluations' }[kind ?? ''];
  return folder === undefined ? null : `/${folder}/${id}`;
}

async function nameOf(api: Api, id: string): Promise<string> {
  const params = { path: { id } };
  if (id.startsWith('ds_')) return unwrap(await api.GET('/v1/datasets/{id}', { params })).name;
  if (id.startsWith('mdl_')) return unwrap(await api.GET('/v1/models/{id}', { params })).name;
  if (id.startsWith('run_')) return unwrap(await api.GET('/v1/runs/{id}', { params })).name ?? id;
  if (id.startsWith('ckpt_')) {
    const { run_id: run, step } = unwrap(await api.GET('/v1/checkpoints/{id}', { params }));
    return `${await nameOf(api, run).catch(() => run)}, step ${step}`;
  }
  return id;
}

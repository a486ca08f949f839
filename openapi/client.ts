/**
 * The client of Bough's HTTP API, for Node and for browsers: every route, typed from the OpenAPI document, and a few things that take more than
 * one request.
 *
 *     const bough = createBough({ baseUrl: 'http://127.0.0.1:3000', apiKey: 'bgh_…' });
 *     const dataset = await bough.uploadDataset('questions.jsonl', { kind: 'rl' });
 *     const run = unwrap(await bough.api.POST('/v1/runs', { body: { method: 'arpo', model, dataset: dataset.id } }));
 *     for await (const event of bough.runEvents(run.id)) console.log(event.message);
 */
import createClient, { type Client } from 'openapi-fetch';
import { BoughError } from './client/bough-error.js';
import { boughFetch, type Fetch } from './client/bough-fetch.js';
import { chat, type ChatPiece, type ChatRequest } from './client/chat.js';
import { downloadFile, saveFile, type SavedFile } from './client/download.js';
import { list, type ItemOf, type ListOptions, type ListPath } from './client/list.js';
import { runEvents, type EventOptions } from './client/run-events.js';
import { unwrap } from './client/unwrap.js';
import { uploadDataset, type DatasetFile, type DatasetOptions } from './client/upload-dataset.js';
import { uploadModel, type ModelFile, type ModelOptions } from './client/upload-model.js';
import { waitUntilFinal, waitUntilReady, type WaitOptions } from './client/wait.js';
import type { components, paths } from './types.js';

export { BoughError } from './client/bough-error.js';
export { unwrap } from './client/unwrap.js';
export type { ChatPiece, ChatRequest } from './client/chat.js';
export type { DatasetFile, DatasetOptions } from './client/upload-dataset.js';
export type { ModelFile, ModelOptions } from './client/upload-model.js';
export type { ItemOf, ListOptions, ListPath } from './client/list.js';
export type { EventOptions } from './client/run-events.js';
export type { Fetch } from './client/bough-fetch.js';
export type { SavedFile } from './client/download.js';
export type { WaitOptions } from './client/wait.js';
export type { components, paths } from './types.js';

export type Schemas = components['schemas'];
export type Dataset = Schemas['Dataset'];
export type Model = Schemas['Model'];
export type Run = Schemas['Run'];
export type RunEvent = Schemas['RunEvent'];
export type RunSpec = Schemas['RunSpec'];
export type RunPreview = Schemas['RunPreview'];
export type Evaluation = Schemas['Evaluation'];
export type Checkpoint = Schemas['Checkpoint'];
export type Export = Schemas['Export'];

export interface BoughOptions {
  /** Where the service is, e.g. `http://127.0.0.1:3000`. */
  baseUrl: string;
  apiKey: string;
  /** Instead of the global fetch. */
  fetch?: Fetch;
}

export interface Bough {
  /** Every route by method and path; see `unwrap` for what it answers. */
  readonly api: Client<paths>;
  /**
   * Every object of a list, page by page: `for await (const run of bough.list('/v1/runs', { query: { status: ['running'] } }))`.
   * @throws {BoughError}
   */
  list<P extends ListPath>(route: P, options: ListOptions<P>): AsyncGenerator<ItemOf<P>, void>;
  /** Uploads a dataset and answers it while its rows are still being read. */
  uploadDataset(file: DatasetFile, options: DatasetOptions): Promise<Dataset>;
  /** @throws {BoughError} saying why, when it fails */
  waitForDataset(id: string, options?: WaitOptions<Dataset>): Promise<Dataset>;
  /** Uploads a Hugging Face directory (in Node), or a tar of one, and answers it while it is still being read. */
  uploadModel(file: ModelFile, options?: ModelOptions): Promise<Model>;
  /** @throws {BoughError} saying why, when it fails */
  waitForModel(id: string, options?: WaitOptions<Model>): Promise<Model>;
  /**
   * What a run would do and take; it may be carried out for minutes. Where `problems` are named nothing has been carried out.
   * @throws {BoughError} saying why, when the run would fail
   */
  previewRun(spec: RunSpec, options?: WaitOptions<RunPreview>): Promise<RunPreview>;
  /** Answers the run when it has succeeded, failed, or been cancelled or paused. */
  waitForRun(id: string, options?: WaitOptions<Run>): Promise<Run>;
  /** Answers the evaluation when it has succeeded, failed or been cancelled. */
  waitForEvaluation(id: string, options?: WaitOptions<Evaluation>): Promise<Evaluation>;
  /** @throws {BoughError} saying why, when it fails */
  waitForExport(id: string, options?: WaitOptions<Export>): Promise<Export>;
  /** The events of a run, from the first and as they happen, until the one that ends it; goes on by itself after a lost connection. */
  runEvents(id: string, options?: EventOptions): AsyncGenerator<RunEvent, void>;
  /** What a model or a checkpoint answers, piece by piece. */
  chat(request: ChatRequest, options?: { signal?: AbortSignal }): AsyncGenerator<ChatPiece, void>;
  /** A file of a checkpoint or an export in memory, checked against its sha256; goes on where a lost connection broke off. */
  downloadFile(ownerId: string, name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Writes a file of a checkpoint or an export to disk in constant memory, checked against its sha256; in Node only. */
  saveFile(ownerId: string, name: string, path: string): Promise<SavedFile>;
  /** Writes all files of a checkpoint into a folder, which becomes a Hugging Face directory; in Node only. */
  saveCheckpoint(checkpointId: string, folder: string): Promise<SavedFile[]>;
  /**
   * Writes all files of an export into a folder; in Node only.
   * @throws {BoughError} when it is not ready, or has failed
   */
  saveExport(exportId: string, folder: string): Promise<SavedFile[]>;
}

export function createBough({ baseUrl, apiKey, fetch = globalThis.fetch }: BoughOptions): Bough {
  const base = baseUrl.replace(/\/+$/, '');
  const send = boughFetch(fetch, apiKey);
  const target = { send, base, apiKey };
  const api = createClient<paths>({ baseUrl: base, fetch: send });
  const path = (id: string) => ({ params: { path: { id } } });
  const saveAll = async (ownerId: string, files: readonly { name: string }[], folder: string) => {
    const saved: SavedFile[] = [];
    for (const { name } of files) saved.push(await saveFile(send, base, ownerId, name, `${folder}/${name}`));
    return saved;
  };
  return {
    api,
    list: (route, options) => list(api, route, options),
    uploadDataset: (file, options) => uploadDataset(target, file, options),
    uploadModel: (file, options) => uploadModel(target, file, options),
    waitForDataset: (id, options) =>
      waitUntilReady(async () => unwrap(await api.GET('/v1/datasets/{id}', path(id))), options),
    waitForModel: (id, options) =>
      waitUntilReady(async () => unwrap(await api.GET('/v1/models/{id}', path(id))), options),
    previewRun: async (spec, options) => {
      const { id } = unwrap(await api.POST('/v1/runs/preview', { body: spec }));
      const look = async () => unwrap(await api.GET('/v1/previews/{id}', path(id))) as RunPreview;
      return waitUntilReady(look, options);
    },
    waitForRun: (id, options) =>
      waitUntilFinal(async () => unwrap(await api.GET('/v1/runs/{id}', path(id))) as Run, options),
    waitForEvaluation: (id, options) =>
      waitUntilFinal(async () => unwrap(await api.GET('/v1/evaluations/{id}', path(id))), options),
    waitForExport: (id, options) =>
      waitUntilReady(async () => unwrap(await api.GET('/v1/exports/{id}', path(id))), options),
    runEvents: (id, options) => runEvents(send, base, id, options),
    chat: (request, options) => chat(send, base, request, options),
    downloadFile: (ownerId, name) => downloadFile(send, base, ownerId, name),
    saveFile: (ownerId, name, file) => saveFile(send, base, ownerId, name, file),
    saveCheckpoint: async (id, folder) =>
      saveAll(id, unwrap(await api.GET('/v1/checkpoints/{id}', path(id))).files, folder),
    saveExport: async (id, folder) => {
      const { status, error, files } = unwrap(await api.GET('/v1/exports/{id}', path(id)));
      if (status === 'failed') throw new BoughError(error?.code ?? 'failed', error?.message ?? `${id} has failed`);
      if (status !== 'ready') {
        throw new BoughError('export_not_ready', `Export ${id} is ${status}: wait until it is ready`);
      }
      return saveAll(id, files, folder);
    },
  };
}

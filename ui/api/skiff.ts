import { ApiError, callApi, callForText } from './client.ts';
import type * as served from './endpoint-types.ts';
import type * as api from './types.ts';

/* Skiff's own API: what is the same in every workspace. */

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** `/api/v1/models/{model}`, with names as they are. */
const pathOf = (...segments: readonly (string | number)[]): string =>
  `/api/v1/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;

const read = <T>(path: string, signal: AbortSignal, query: object = {}): Promise<T> =>
  callApi<T>(path, { signal, query: { ...query } });

/** What may not be there: nothing, where it is not. */
const orNothing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });

export const listModels = (query: PageQuery & { readonly task?: string }, signal: AbortSignal) =>
  read<Page<api.Model>>(pathOf('models'), signal, query);

export const getModel = (model: string, signal: AbortSignal) =>
  read<api.Model>(pathOf('models', model), signal);

export const listAliases = (model: string, signal: AbortSignal) =>
  read<Page<api.Alias>>(pathOf('models', model, 'aliases'), signal);

export const listVersions = (model: string, query: PageQuery, signal: AbortSignal) =>
  read<Page<api.Version>>(pathOf('models', model, 'versions'), signal, query);

/** A version, by its model's name and its number. */
export type VersionName = readonly [model: string, version: string];

const ofVersion = ([model, version]: VersionName, ...rest: readonly string[]) =>
  pathOf('models', model, 'versions', version, ...rest);

export const getVersion = (name: VersionName, signal: AbortSignal) =>
  read<api.Version>(ofVersion(name), signal);

export const listValidations = (name: VersionName, query: PageQuery, signal: AbortSignal) =>
  read<Page<api.Validation>>(ofVersion(name, 'validations'), signal, query);

export const getValidation = (name: VersionName, validation: string, signal: AbortSignal) =>
  read<api.ValidationWithChecks>(ofVersion(name, 'validations', validation), signal);

export const listApprovals = (name: VersionName, signal: AbortSignal) =>
  read<Page<api.Approval>>(ofVersion(name, 'approvals'), signal);

/** The card as the API draws it: a page of its own. */
export const cardPage = (name: VersionName, signal: AbortSignal) =>
  callForText(ofVersion(name, 'card'), { signal, query: { format: 'html' } });

export const listEndpoints = (query: PageQuery, signal: AbortSignal) =>
  read<Page<served.Endpoint>>(pathOf('endpoints'), signal, query);

export const getEndpoint = (name: string, signal: AbortSignal) =>
  read<served.Endpoint>(pathOf('endpoints', name), signal);

export const listRevisions = (name: string, query: PageQuery, signal: AbortSignal) =>
  read<Page<served.Endpoint>>(pathOf('endpoints', name, 'revisions'), signal, query);

interface Span {
  readonly from: string;
  readonly to: string;
  /** Seconds. */
  readonly step: number;
}

export const getTraffic = (name: string, span: Span, signal: AbortSignal) =>
  read<served.Traffic>(pathOf('endpoints', name, 'traffic'), signal, span);

/** Nothing where nobody watches the endpoint. */
export const getMonitor = (name: string, signal: AbortSignal) =>
  orNothing(read<served.Monitor>(pathOf('endpoints', name, 'monitor'), signal));

export const listReports = (name: string, query: PageQuery, signal: AbortSignal) =>
  read<Page<served.ReportSummary>>(pathOf('endpoints', name, 'reports'), signal, query);

export const listRollouts = (name: string, query: PageQuery, signal: AbortSignal) =>
  read<Page<served.Rollout>>(pathOf('endpoints', name, 'rollouts'), signal, query);

/** A report as the API draws it: a page of its own. */
export const reportPage = (name: string, report: string, signal: AbortSignal) =>
  callForText(pathOf('endpoints', name, 'reports', report), { signal, query: { format: 'html' } });

/** Figures of all endpoints at once, in Prometheus's format. */
export const readMetrics = (signal: AbortSignal) => callForText('/metrics', { signal });

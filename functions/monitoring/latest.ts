import { ALARM_NAMES, type AlarmName } from './alarms.ts';
import type { ReportSummary } from './report-schema.ts';
import { listReports, readState } from './store.ts';

/** How an endpoint is, as its monitor last saw it. */
export interface Watched {
  readonly alarms: readonly { readonly name: AlarmName; readonly raised: boolean }[];
  readonly report: ReportSummary | undefined;
}

/** @returns undefined where the endpoint has no monitor */
export async function watchedNow(endpoint: string): Promise<Watched | undefined> {
  const state = await readState(endpoint);
  if (!state) return undefined;
  const { items } = await listReports(endpoint, { limit: 1 });
  const alarms = ALARM_NAMES.map((name) => ({
    name,
    raised: state.alarms[name]?.isRaised ?? false,
  }));
  return { alarms, report: items[0] };
}

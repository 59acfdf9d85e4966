import { describe, expect, it } from '@jest/globals';
import { ALARM_NAMES } from '../../../functions/monitoring/alarms.ts';
import { examples } from '../../../functions/monitoring/examples.ts';
import { indexPage } from '../../../functions/monitoring/index-page.ts';
import { ReportSummary } from '../../../functions/monitoring/report-schema.ts';

const calm = ReportSummary.parse(examples.runMonitor?.answer);
const hour = (n: number) => new Date(Date.parse(calm.from) + n * 3_600_000).toISOString();
const windowAt = (n: number, more: Partial<ReportSummary> = {}): ReportSummary => ({
  ...calm,
  ...{ from: hour(n), to: hour(n + 1), id: `w${n}-r1`, ...more },
});
const drifted = windowAt(3, {
  status: 'drifted',
  alarms: [{ alarm: 'drift-share', value: 0.75, threshold: 0.5, breached: true }],
});
const watched = (raised: readonly string[]) => ({
  alarms: ALARM_NAMES.map((name) => ({ name, raised: raised.includes(name) })),
  report: calm,
});
const items = [drifted, windowAt(2, { id: 'w2-r2', revision: 2 }), windowAt(2), windowAt(1)];

describe('the page of an endpoint’s windows', () => {
  it('says which alarms are raised, and leads to the newest report of each window', () => {
    const html = indexPage('fraud', { items }, watched(['drift-share']));
    expect(html).toContain('1 alarm is raised');
    expect(html).toContain('3 windows');
    const links = [...html.matchAll(/href="(reports\/[^"]*)"/g)].map(([, href]) => href);
    const all = ['w1-r1', 'w2-r2', 'w3-r1'].map((id) => `reports/${id}?format=html`);
    expect(links).toEqual([...all, ...all.toReversed()]);
    expect(html).toContain('drifted, drift-share');
    expect(html).toContain('drift-share</strong>');
    expect(html).not.toContain('Older windows');
  });

  it('has words for calm, for nobody, and for nothing', () => {
    expect(indexPage('fraud', { items }, watched([]))).toContain('No alarm is raised');
    const empty = indexPage('fraud', { items: [] }, undefined);
    expect(empty).toContain('Nobody watches this endpoint now');
    expect(empty).toContain('The newest first: none.');
  });

  it('goes on to older windows', () => {
    const html = indexPage('fraud', { items, nextCursor: 'UkVQT1JU' }, watched([]));
    expect(html).toContain('href="reports?format=html&amp;cursor=UkVQT1JU"');
  });

  it('loads and runs nothing', () => {
    const html = indexPage('<b>', { items }, watched(['drift-share']));
    expect(html).not.toMatch(/<script|<link|<img|url\(|\son\w+="/);
    expect(html).not.toContain('<b>');
  });
});

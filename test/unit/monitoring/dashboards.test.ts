import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  PutDashboardCommand,
} from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ALARM_NAMES } from '../../../functions/monitoring/alarms.ts';
import { putDashboard, removeDashboard } from '../../../functions/monitoring/dashboards.ts';

Object.assign(process.env, {
  ...{ DATA_BUCKET: 'data', ENDPOINT_DASHBOARDS: 'true' },
  RUN_MONITOR_ARN: 'arn:aws:lambda:eu-west-1:111122223333:function:run',
});
const cloudwatch = mockClient(CloudWatchClient);
beforeEach(() => {
  cloudwatch.reset();
  cloudwatch.onAnyCommand().resolves({});
});

describe('the dashboard of an endpoint', () => {
  it('shows every alarm, what they are about, and what to do', async () => {
    await putDashboard('a.b-c');
    const { DashboardName, DashboardBody = '' } =
      cloudwatch.commandCalls(PutDashboardCommand)[0]?.args[0].input ?? {};
    expect(DashboardName).toMatch(/^[\w-]+$/);
    const { widgets } = JSON.parse(DashboardBody);
    const [alarms] = widgets;
    expect(alarms.properties.alarms).toEqual(
      ALARM_NAMES.map(
        (name) => `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:Skiff-monitor/a.b-c/${name}`,
      ),
    );
    const metrics = widgets.flatMap(({ properties }: any) => properties.metrics ?? []);
    for (const [namespace, , dimension, endpoint] of metrics) {
      expect([namespace, dimension, endpoint]).toEqual(['Skiff', 'Endpoint', 'a.b-c']);
    }
    for (const name of ['Predictions', 'Errors', 'LatencyMs', 'DriftedShare', 'PerformanceLoss']) {
      expect(metrics.map(([, metric]: string[]) => metric)).toContain(name);
    }
    expect(DashboardBody).toContain('docs/runbooks/drift.md');
  });

  it('lays no widget over another', async () => {
    await putDashboard('e');
    const body = cloudwatch.commandCalls(PutDashboardCommand)[0]?.args[0].input.DashboardBody ?? '';
    const places = new Set<string>();
    for (const { x, y, width, height } of JSON.parse(body).widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let i = x; i < x + width; i++) {
        for (let j = y; j < y + height; j++) {
          expect(places.has(`${i} ${j}`)).toBe(false);
          places.add(`${i} ${j}`);
        }
      }
    }
  });

  it('goes with its monitor, also where it is not there', async () => {
    await removeDashboard('e');
    const missing = Object.assign(new Error('no'), { name: 'DashboardNotFoundError' });
    cloudwatch.on(DeleteDashboardsCommand).rejects(missing);
    await removeDashboard('e');
    cloudwatch.on(DeleteDashboardsCommand).rejects(new Error('broken'));
    await expect(removeDashboard('e')).rejects.toThrow('broken');
  });
});

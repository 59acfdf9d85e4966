import { CALM, stepAlarm } from '#core/monitoring/alarm.ts';
import type { Write } from '#shared/dynamo.ts';
import { auditWrite } from '#slices/governance';
import { type AlarmName, type AlarmStates, alarmOf } from './alarms.ts';
import { reasonOf } from './reasons.ts';
import type { Report, ReportContent } from './report-schema.ts';
import type { Run } from './run.ts';
import type { Monitor } from './schema.ts';

const MINUTE = 60_000;

/** Windows that cannot tell leave an alarm as it is, to be judged when their labels have come. */
export function stepAll(
  { alarm }: Monitor,
  before: AlarmStates,
  { at, content }: { at: number; content: ReportContent },
): { states: AlarmStates; announced: AlarmName[] } {
  const { breaches, windows, coolDownMinutes } = alarm;
  const coolDownMs = coolDownMinutes * MINUTE;
  const states: AlarmStates = { ...before };
  const announced: AlarmName[] = [];
  for (const { alarm: name, breached, estimated } of content.alarms) {
    if (breached === undefined) continue;
    const needed = alarmOf(name).once ? 1 : breaches;
    const policy = { breaches: needed, windows, coolDownMs };
    const step = stepAlarm(states[name] ?? CALM, { at, breached, estimated }, policy);
    states[name] = step.state;
    if (step.announce) announced.push(name);
  }
  return { states, announced };
}

/** One event of each kind, and that the window is done. */
export function announcements(report: Report, announced: readonly AlarmName[], run: Run): Write[] {
  const { endpoint, id, status } = report;
  const about = { actor: run.actor, requestId: run.requestId, resource: `endpoint/${endpoint}` };
  const events = new Set(announced.flatMap((name) => alarmOf(name).event ?? []));
  const alerts = [...events].map((name) => {
    const reason = reasonOf(name, report);
    const event = { name, detail: { endpoint, reason, report: id } };
    return auditWrite({ ...about, action: 'monitor.alert', after: { reason }, event, at: run.now });
  });
  const event = { name: 'MonitorCompleted', detail: { endpoint, report: id, status } } as const;
  return [...alerts, auditWrite({ ...about, action: 'monitor.run', event, at: run.now })];
}

import { createHash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { invalidField } from '#core/errors.ts';
import type { MonitorSpec } from './schema.ts';
import { settings } from './settings.ts';

const scheduler = new SchedulerClient({});

/** Names of schedules are shorter than those of endpoints may be. */
export const scheduleName = (endpoint: string): string =>
  `${settings().NAME_PREFIX.slice(0, 20)}-${createHash('sha256').update(endpoint).digest('hex').slice(0, 40)}`;

/** Once per window where nothing else is said. */
export function expressionOf({ schedule, window }: Pick<MonitorSpec, 'schedule' | 'window'>) {
  const { minutes } = window;
  return schedule ?? `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
}

/**
 * Makes the endpoint's schedule, or changes it.
 *
 * @throws AppError `invalid` where the scheduler does not understand the expression
 */
export async function putSchedule(endpoint: string, spec: MonitorSpec): Promise<void> {
  const schedule = scheduleOf(endpoint, spec);
  try {
    await scheduler.send(new CreateScheduleCommand(schedule)).catch((error: unknown) => {
      if (!(error instanceof ConflictException)) throw error;
      return scheduler.send(new UpdateScheduleCommand(schedule));
    });
  } catch (error) {
    if (error instanceof ValidationException) throw invalidField('schedule', error.message);
    throw error;
  }
}

function scheduleOf(endpoint: string, spec: MonitorSpec): CreateScheduleCommandInput {
  const { RUN_MONITOR_ARN, SCHEDULER_ROLE_ARN, SCHEDULER_DEAD_LETTERS_ARN } = settings();
  return {
    Name: scheduleName(endpoint),
    Description: `Monitor of the endpoint ${endpoint}`,
    ScheduleExpression: expressionOf(spec),
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: RUN_MONITOR_ARN,
      RoleArn: SCHEDULER_ROLE_ARN,
      Input: JSON.stringify({ endpoint }),
      RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: SCHEDULER_DEAD_LETTERS_ARN },
    },
  };
}

export async function removeSchedule(endpoint: string): Promise<void> {
  try {
    await scheduler.send(new DeleteScheduleCommand({ Name: scheduleName(endpoint) }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/** Elastic Common Schema field names, so that an ELK stack reads our logs unchanged. */
class EcsFormatter extends LogFormatter {
  override formatAttributes(base: UnformattedAttributes, extra: LogAttributes): LogItem {
    const attributes = {
      '@timestamp': base.timestamp.toISOString(),
      'ecs.version': '9.0.0',
      'log.level': base.logLevel.toLowerCase(),
      message: base.message,
      'service.name': base.serviceName,
      'faas.name': base.lambdaContext?.functionName,
      'faas.coldstart': base.lambdaContext?.coldStart,
      'faas.execution': base.lambdaContext?.awsRequestId,
      'trace.id': base.xRayTraceId,
    };
    return new LogItem({ attributes }).addAttributes(extra);
  }
}

/** For everything but the prediction path, which writes its one line by hand. */
export const logger = new Logger({ serviceName: 'skiff', logFormatter: new EcsFormatter() });

import { logger } from '#shared/observability.ts';

/** One file that cannot be read, whoever wrote it, is not to keep all others from being read. */
export const passOver = (key: string, error: unknown): void =>
  logger.warn('a file that cannot be read is passed over', { key, error });

import { tidyTraffic } from '../tidy.ts';

/** Every hour. */
export const handler = async (): Promise<void> => tidyTraffic(Date.now());

import { type Verdict, type WaitOptions, waitForVerdict } from '#client';
import { type Api, clientOf } from './api-client.ts';

export type { Verdict };

/** Waits until the newest examination of a version has ended. */
export const verdictOf = (
  api: Api,
  model: string,
  version: number,
  options: WaitOptions<Verdict> = {},
): Promise<Verdict> => waitForVerdict(clientOf(api), { model, version }, options);

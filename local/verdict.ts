import { type Api, call } from './api-client.ts';

export interface Verdict {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly gates?: readonly {
    outcome: string;
    severity: string;
    blocks: boolean;
    message: string;
  }[];
  readonly checks: readonly {
    check: string;
    status: string;
    reason?: string;
    figures?: Record<string, { value: number | null }>;
    findings?: readonly { severity: string; code: string; message: string; where?: string }[];
  }[];
}

const EVERY_MS = 500;

/** Waits until the newest examination of a version has ended. */
export async function verdictOf(
  api: Api,
  model: string,
  version: number,
  options: { timeoutMs?: number; progress?: (verdict: Verdict) => void } = {},
): Promise<Verdict> {
  const path = `/api/v1/models/${encodeURIComponent(model)}/versions/${version}/validations`;
  const deadline = Date.now() + (options.timeoutMs ?? 240_000);
  for (;;) {
    const { items } = await call<{ items: { id: string }[] }>(api, 'GET', `${path}?limit=1`);
    const verdict = items[0] && (await call<Verdict>(api, 'GET', `${path}/${items[0].id}`));
    if (verdict && verdict.status !== 'queued' && verdict.status !== 'running') return verdict;
    if (verdict) options.progress?.(verdict);
    if (Date.now() > deadline) throw new Error(`no verdict on ${model} version ${version} in time`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

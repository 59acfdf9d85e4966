import { authorise } from '../functions/inference/realtime/authorise.ts';
import { inferEvent } from './model.ts';

type Event = Parameters<typeof authorise>[0];

const CALLS = 2_000_000;
const PATH = ['', 'v2', 'models', 'bench', 'infer'];

/** Callers as the authoriser describes them. */
const CALLERS = {
  'one scope, no limits': { actor: 'bench', scopes: 'predict' },
  'one scope, with an end': { actor: 'bench', scopes: 'predict', expires: '4000000000' },
  'several scopes': { actor: 'bench', scopes: 'read feedback predict' },
  'limited to 20 endpoints': {
    actor: 'bench',
    scopes: 'predict',
    endpoints: [...Array.from({ length: 19 }, (_, i) => `team-a-${i}`), 'bench*'].join('/'),
  },
} as const;

export interface AuthoriseResult {
  readonly caller: string;
  readonly nanoseconds: number;
  /** Of the heap, per call; what is left of nothing is the measurement's own. */
  readonly bytes: number;
}

/** What one check of a caller takes on the prediction path. */
export function benchAuthorise(): AuthoriseResult[] {
  return Object.entries(CALLERS).map(([caller, lambda]) => {
    const event = inferEvent('') as unknown as Event;
    const requestContext = { ...event.requestContext, authorizer: { lambda } };
    const own = { ...event, requestContext } as Event;
    run(own, CALLS / 10);
    const bytes = allocated(own);
    const start = performance.now();
    run(own, CALLS);
    return { caller, nanoseconds: ((performance.now() - start) * 1e6) / CALLS, bytes };
  });
}

function run(event: Event, calls: number): void {
  const now = Date.now();
  for (let i = 0; i < calls; i++) authorise(event, PATH, now + i);
}

/** The least of some rounds: in the others the collector was at work. */
function allocated(event: Event): number {
  const calls = 10_000;
  const rounds = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    run(event, calls);
    return (process.memoryUsage().heapUsed - before) / calls;
  });
  return Math.min(...rounds.filter((bytes) => bytes >= 0));
}

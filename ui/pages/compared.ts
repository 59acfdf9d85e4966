import { type Run, searchRuns } from '../api/mlflow.ts';
import { orderClause, quoteText } from '../lib/quote.ts';
import { parseSort } from '../lib/sort.ts';
import { viewOf } from '../lib/views.ts';

/** More lines are not told apart. */
export const MOST_COMPARED = 500;

interface Wanted {
  readonly workspace: string;
  readonly experiment: string;
  /** Of the runs; where there are none, the search says which. */
  readonly ids: readonly string[];
  readonly filter: string | undefined;
  readonly view: string | undefined;
  readonly sort: string | undefined;
}

/** The chosen runs in the order of their choice, or what a search finds first. */
export async function findCompared(wanted: Wanted, signal: AbortSignal): Promise<readonly Run[]> {
  const { workspace, experiment, ids } = wanted;
  const runs: Run[] = [];
  let token: string | undefined;
  do {
    const page = await searchRuns(
      workspace,
      {
        ...{ experiment_ids: [experiment], ...searchOf(wanted) },
        ...{ max_results: MOST_COMPARED - runs.length, page_token: token },
      },
      signal,
    );
    runs.push(...page.items);
    token = page.next;
  } while (token !== undefined && runs.length < MOST_COMPARED);
  if (ids.length === 0) return runs;
  const places = new Map(ids.map((id, i) => [id, i]));
  const placeOf = ({ info }: Run) => places.get(info.run_id) ?? ids.length;
  return runs.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function searchOf({ ids, filter = '', view, sort }: Wanted) {
  if (ids.length > 0) {
    const list = ids.map(quoteText).join(', ');
    return { filter: `attributes.run_id IN (${list})`, run_view_type: 'ALL' as const };
  }
  const { by, descending } = parseSort(sort) ?? { by: 'start_time', descending: true };
  return { filter, run_view_type: viewOf(view), order_by: [orderClause(by, descending)] };
}

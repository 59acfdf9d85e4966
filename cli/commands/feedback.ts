import type { Answer, Input } from '#client';
import { argument, commands, limit, string, take } from '../arguments.ts';
import { Problem } from '../command.ts';
import { bar, facts, table, time } from '../output.ts';
import { type Row, readRows } from '../rows.ts';

const SEND = 'POST /api/v1/feedback';
type Item = Input<typeof SEND>['body']['items'][number];
type Outcome = Answer<typeof SEND>['items'][number];
const ITEMS_PER_CALL = 1000;
/** More would hide what is above. */
const SHOWN = 10;

/** Columns of a CSV file as texts, but for those that are numbers by their nature. */
const COLUMNS = [
  { name: 'predictionId', type: 'category' },
  { name: 'at', type: 'category' },
];

export const feedback = commands([
  {
    name: 'feedback send',
    summary: 'Say how predictions turned out, from a CSV, JSON or JSON Lines file or a pipe',
    arguments: ['[file]'],
    details:
      'Columns: predictionId (with row beside it, or ":row" behind it), label, value, at, correct.\nThe same file may be sent again. Exit code 1 where an item is refused.',
    examples: [
      'skiff feedback send outcomes.csv',
      `echo '{"predictionId": "01KB1ZE5H8J1K4M7N0P3Q6R9S2.wages.3.new:0", "label": "above"}' | skiff feedback send`,
    ],
    async run(invocation) {
      const { out, signal } = invocation;
      const client = invocation.client();
      const rows = await readRows(invocation.positionals[0] ?? '-', COLUMNS);
      const outcomes: Outcome[] = [];
      for (let at = 0; at < rows.length; at += ITEMS_PER_CALL) {
        if (rows.length > ITEMS_PER_CALL) out.progress(`sending  ${bar(at / rows.length)}`);
        const items = rows.slice(at, at + ITEMS_PER_CALL).map(itemOf);
        outcomes.push(...(await client.call(SEND, { body: { items }, signal })).items);
      }
      const count = (result: Outcome['result']) =>
        outcomes.filter((outcome) => outcome.result === result).length;
      const refused = outcomes.filter(({ result }) => result === 'refused');
      const counts = {
        accepted: count('accepted'),
        duplicate: count('duplicate'),
        replaced: count('replaced'),
        refused: refused.length,
      };
      out.result({ ...counts, items: outcomes }, () => facts(out, Object.entries(counts)));
      for (const { predictionId, row, reason } of refused.slice(0, SHOWN)) {
        out.error(`${predictionId}:${row}: ${reason}`);
      }
      if (refused.length > 0) throw new Problem(`${refused.length} of ${rows.length} are refused`);
    },
  },
  {
    name: 'feedback list',
    summary: 'What is known of the predictions of an endpoint, by the time of the prediction',
    arguments: ['<endpoint>'],
    options: {
      limit,
      from: string('of the predictions (default: a day ago)', '<time>'),
      to: string('exclusive (default: now)', '<time>'),
    },
    examples: ['skiff feedback list wages --from 2026-11-02T00:00:00Z'],
    async run(invocation) {
      const { out } = invocation;
      const pages = invocation.client().pages('GET /api/v1/endpoints/{endpoint}/feedback', {
        params: { endpoint: argument(invocation, 0) },
        query: { from: invocation.text('from'), to: invocation.text('to') },
      });
      const list = await take(invocation, pages);
      out.result(list, () =>
        table(
          out,
          ['predicted', 'prediction', 'label', 'value', 'received', 'from'],
          list.map((f) => [
            time(f.at),
            `${f.predictionId}:${f.row}`,
            `${f.label ?? ''}`,
            `${f.value ?? ''}`,
            time(f.receivedAt),
            f.receivedFrom,
          ]),
        ),
      );
    },
  },
]);

/** Cells without a value are left out; the API checks the others. */
const itemOf = (row: Row): Item =>
  Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null && value !== undefined),
  ) as Item;

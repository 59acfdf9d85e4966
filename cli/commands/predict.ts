import { type Answer, ApiError, type Client } from '#client';
import { argument, commands, flag } from '../arguments.ts';
import { bar, type Output, table } from '../output.ts';
import { type Feature, type Row, readRows } from '../rows.ts';

const PREDICT = 'POST /api/v1/endpoints/{endpoint}/predictions';
type Prediction = Answer<typeof PREDICT>['predictions'][number];

/** Below what one call may hold, whatever the columns. */
const ROWS_PER_CALL = 1000;

export const predict = commands([
  {
    name: 'predict',
    summary: 'Predict rows of a CSV, JSON or JSON Lines file, or of a pipe',
    arguments: ['<endpoint>', '[file]'],
    options: { csv: flag('the rows with their predictions, as CSV') },
    details: 'Columns are matched by name. Files of any length: rows are sent in parts.',
    examples: [
      'skiff predict tumours patients.csv',
      'skiff predict tumours patients.csv --csv > scored.csv',
      `echo '{"area": 82, "rooms": 3}' | skiff predict prices`,
    ],
    async run(invocation) {
      const { out, signal } = invocation;
      const client = invocation.client();
      const endpoint = argument(invocation, 0);
      const file = invocation.positionals[1] ?? '-';
      const rows = await readRows(file, await featuresOf(client, endpoint));
      const predictions: Prediction[] = [];
      for (let at = 0; at < rows.length; at += ROWS_PER_CALL) {
        if (rows.length > ROWS_PER_CALL) out.progress(`predicting  ${bar(at / rows.length)}`);
        const part = rows.slice(at, at + ROWS_PER_CALL);
        const answer = await client
          .call(PREDICT, { params: { endpoint }, body: { rows: part }, signal })
          .catch((error: unknown) => {
            throw at > 0 ? shifted(error, at) : error;
          });
        predictions.push(...answer.predictions);
      }
      const asText = invocation.flag('csv')
        ? () => csv(rows, predictions)
        : () => shown(out, predictions);
      out.result(predictions, asText);
    },
  },
]);

/** Columns by the signature of what the endpoint serves; none where the token may not read it. */
async function featuresOf(client: Client, endpoint: string): Promise<readonly Feature[]> {
  try {
    const { variants } = await client.call('GET /api/v1/endpoints/{endpoint}', {
      params: { endpoint },
    });
    const [first] = variants;
    if (!first || !('version' in first) || !first.model || !first.version) return [];
    const params = { model: first.model, version: first.version };
    const key = 'GET /api/v1/models/{model}/versions/{version}';
    return (await client.call(key, { params })).signature.features ?? [];
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}

/** Says that rows are counted from the part that was sent, where it was not the first. */
function shifted(error: unknown, rows: number): unknown {
  if (error instanceof Error) error.message += ` (row numbers count from row ${rows} of the file)`;
  return error;
}

/** One prediction's fields, flat: `label`, `p(yes)`, `value` … */
function cells({
  predictionId: _,
  label,
  probabilities = {},
  value,
  outputs = {},
}: Prediction): Row {
  const chances = Object.entries(probabilities).map(([name, p]) => [`p(${name})`, p]);
  return {
    ...(label !== undefined && { label }),
    ...(value !== undefined && { value }),
    ...Object.fromEntries(chances),
    ...outputs,
  };
}

const text = (value: unknown): string => {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
};

function shown(out: Output, predictions: readonly Prediction[]): string {
  const flat = predictions.map(cells);
  const headings = Object.keys(flat[0] ?? {});
  return table(
    out,
    ['row', ...headings],
    flat.map((row, i) => [`${i + 1}`, ...headings.map((name) => text(row[name]))]),
  );
}

function csv(rows: readonly Row[], predictions: readonly Prediction[]): string {
  const all = rows.map((row, i) => ({
    ...row,
    ...cells(predictions[i] as Prediction),
    predictionId: (predictions[i] as Prediction).predictionId,
  }));
  const headings = [...new Set(all.flatMap((row) => Object.keys(row)))];
  const lines = all.map((row: Row) => headings.map((name) => field(row[name])).join(','));
  return `${[headings.map(field).join(','), ...lines].join('\n')}\n`;
}

const field = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  const plain = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

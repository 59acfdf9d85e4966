import type { Endpoint, Traffic, Variant, VariantTraffic } from '../api/endpoint-types.ts';
import { type Column, Table } from '../components/table.tsx';
import { figure } from '../lib/format.ts';
import { useHere } from '../shell/place-context.tsx';

interface Row {
  readonly variant: Variant;
  readonly traffic: VariantTraffic | undefined;
}

/** What is served, with what it did in the span; and what was replaced within it. */
export function Variants({ endpoint, traffic }: { endpoint: Endpoint; traffic: Traffic }) {
  const rows: Row[] = endpoint.variants.map((variant) => ({
    variant,
    traffic: traffic.variants.find((one) => isOf(one, variant)),
  }));
  const replaced: Row[] = traffic.variants
    .filter((one) => !endpoint.variants.some((variant) => isOf(one, variant)))
    .map((one) => ({
      variant: { name: one.variant, model: one.model, version: one.version, weight: 0 },
      traffic: one,
    }));
  return (
    <>
      <Table
        caption="Variants"
        columns={COLUMNS}
        rows={[...rows, ...replaced]}
        keyOf={({ variant: { name, model, version } }) => `${name} ${model} ${version}`}
      />
      {traffic.missing > 0 && (
        <p class="note">{figure(traffic.missing)} requests are in no figure.</p>
      )}
    </>
  );
}

const isOf = (traffic: VariantTraffic, { name, model, version }: Variant): boolean =>
  traffic.variant === name && traffic.model === model && traffic.version === version;

const ms = (value: number | null | undefined) => (value == null ? '–' : figure(value));

const COLUMNS: readonly Column<Row>[] = [
  { id: 'name', title: 'Variant', cell: ({ variant }) => variant.name },
  { id: 'model', title: 'Model', cell: ({ variant }) => <ModelLink of={variant} /> },
  {
    ...{ id: 'weight', title: 'Weight', numeric: true },
    cell: ({ variant: { weight } }) => (
      <span class="weight">
        <meter min={0} max={100} value={weight} aria-hidden="true" />
        {weight} %
      </span>
    ),
  },
  {
    ...{ id: 'requests', title: 'Requests', numeric: true },
    cell: ({ traffic }) => figure(traffic?.requests ?? 0),
  },
  {
    ...{ id: 'failed', title: 'Failed', group: '5xx', numeric: true },
    cell: ({ traffic }) => figure(traffic?.serverErrors ?? 0),
  },
  {
    ...{ id: 'refused', title: 'Refused', group: '4xx', numeric: true },
    cell: ({ traffic }) => figure(traffic?.clientErrors ?? 0),
  },
  ...(['p50', 'p95', 'p99'] as const).map((quantile) => ({
    ...{ id: quantile, title: quantile, group: 'latency, ms', numeric: true },
    cell: ({ traffic }: Row) => ms(traffic?.latency[quantile]),
  })),
];

type Served = Pick<Variant, 'model' | 'version' | 'alias' | 'sagemaker'>;

export function ModelLink({ of: { model, version, alias, sagemaker } }: { of: Served }) {
  const { to } = useHere();
  return (
    <>
      <a href={to(['models', model, 'versions', `${version}`])}>
        {model} {version}
      </a>
      {alias && <span class="badge">@{alias}</span>}
      {sagemaker && <span class="badge">SageMaker: {sagemaker.endpointName}</span>}
    </>
  );
}

/** What scores the same requests and answers nobody. */
export const Shadows = ({ shadows }: { shadows: Endpoint['shadows'] }) =>
  shadows.length === 0 ? null : (
    <p class="shadows">
      Shadows:{' '}
      {shadows.map((shadow, i) => (
        <span key={shadow.name}>
          {i > 0 && ', '}
          {shadow.name} (<ModelLink of={shadow} />)
        </span>
      ))}
    </p>
  );

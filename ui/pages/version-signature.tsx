import type { Feature, TensorSpec, Version } from '../api/types.ts';
import { type Column, Table } from '../components/table.tsx';
import { figure } from '../lib/format.ts';

type Way = TensorSpec & { readonly way: string; readonly role?: string | undefined };

const TENSORS: readonly Column<Way>[] = [
  { id: 'name', title: 'Tensor', cell: ({ name }) => <code>{name}</code> },
  { id: 'way', title: 'Is', cell: ({ way, role }) => (role ? `${way}: ${role}` : way) },
  { id: 'datatype', title: 'Type', cell: ({ datatype }) => datatype },
  { id: 'shape', title: 'Shape', cell: ({ shape }) => `[${shape.join(', ')}]` },
];

/** More columns than that are opened by who wants to see them. */
const MOST_OPEN = 12;

const FEATURES: readonly Column<Feature>[] = [
  { id: 'name', title: 'Column', cell: ({ name }) => name },
  {
    ...{ id: 'type', title: 'Type' },
    cell: ({ type, nullable }) => (nullable ? `${type}, may be missing` : type),
  },
  { id: 'unit', title: 'Unit', cell: ({ unit }) => unit },
  {
    id: 'range',
    title: 'Values',
    cell: (feature) => <span class="whole">{valuesOf(feature)}</span>,
  },
  { id: 'about', title: 'About', cell: ({ description }) => description },
];

/** What the version takes and gives. */
export function Signature({ signature }: { signature: Version['signature'] }) {
  const tensors: Way[] = [
    ...signature.inputs.map((input) => ({ ...input, way: 'input' })),
    ...signature.outputs.map((output) => ({ ...output, way: 'output' })),
  ];
  return (
    <section>
      <h2>Signature</h2>
      <Table
        caption="Inputs and outputs"
        columns={TENSORS}
        rows={tensors}
        keyOf={({ way, name }) => `${way} ${name}`}
      />
      {signature.features && (
        <details class="part" open={signature.features.length <= MOST_OPEN}>
          <summary>Columns ({signature.features.length})</summary>
          <Table
            caption="Columns"
            columns={FEATURES}
            rows={signature.features}
            keyOf={({ name }) => name}
          />
        </details>
      )}
      {signature.classes && <p class="note">Classes: {signature.classes.join(', ')}</p>}
    </section>
  );
}

const MOST = 20;

function valuesOf({ min, max, categories }: Feature): string {
  if (categories) {
    const more = categories.length - MOST;
    return categories.slice(0, MOST).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
  if (min !== undefined && max !== undefined) return `${figure(min)} to ${figure(max)}`;
  if (min !== undefined) return `from ${figure(min)}`;
  return max === undefined ? '' : `up to ${figure(max)}`;
}

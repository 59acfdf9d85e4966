import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, CSV_BASE64, CSV_BYTES, CSV_SHA256, DATASET } from '#shared/story.ts';

const REGISTRATION = '01KB1ZA4M7N2P5Q8R1S4T7V0W3';
const OfDataset = { dataset: DATASET };
const OfVersion = { dataset: DATASET, digest: CSV_SHA256 };

const dataset = {
  name: DATASET,
  digest: CSV_SHA256,
  sizeBytes: CSV_BYTES,
  format: 'csv',
  separator: ',',
  rows: 40,
  columns: ['area', 'rooms', 'age', 'price'].map((name) => ({ name, kind: 'numeric' })),
  role: 'validation',
  label: 'price',
  protected: [],
  description: 'Houses sold in spring, price in thousands',
  tags: {},
  serial: 1,
  createdAt: AT,
  createdBy: ACTOR,
};
const registration = {
  id: REGISTRATION,
  dataset: DATASET,
  status: 'profiling',
  createdAt: AT,
};

export const examples: Examples = {
  registerDataset: {
    headers: { 'Idempotency-Key': 'spring-sales' },
    body: {
      name: DATASET,
      source: { base64: CSV_BASE64 },
      role: 'validation',
      label: 'price',
      description: dataset.description,
    },
    answer: dataset,
    or: registration,
  },
  listDatasets: { query: { role: 'validation', limit: 10 }, answer: { items: [dataset] } },
  getDataset: { params: OfDataset, answer: dataset },
  deleteDataset: { params: OfDataset },
  listDatasetVersions: { params: OfDataset, answer: { items: [dataset] } },
  getDatasetVersion: { params: OfVersion, answer: dataset },
  getDatasetProfile: {
    params: OfVersion,
    answer: {
      rows: 40,
      columns: [
        {
          name: 'rooms',
          count: 40,
          missing: 0,
          distinct: 6,
          kind: 'numeric',
          infinite: 0,
          min: 1,
          max: 6,
          mean: 3.45,
          standardDeviation: 1.2800240382358212,
          skewness: 0.0011143489748293878,
          kurtosis: -0.486690618410516,
          quantiles: [
            { share: 0.05, value: 1 },
            { share: 0.5, value: 3 },
            { share: 0.95, value: 5 },
          ],
          values: [
            [1, 3],
            [2, 5],
            [3, 14],
            [4, 9],
            [5, 7],
            [6, 2],
          ],
        },
      ],
    },
  },
  getDatasetRegistration: {
    params: { dataset: DATASET, registration: REGISTRATION },
    answer: registration,
  },
};

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
          distinct: 7,
          kind: 'numeric',
          infinite: 0,
          min: 1,
          max: 7,
          mean: 3.7,
          standardDeviation: 1.3,
          skewness: 0.1,
          kurtosis: -0.4,
          quantiles: [
            { share: 0.05, value: 2 },
            { share: 0.5, value: 4 },
            { share: 0.95, value: 6 },
          ],
          values: [
            [1, 1],
            [2, 7],
            [3, 9],
            [4, 12],
            [5, 8],
            [6, 2],
            [7, 1],
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

import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, ENDPOINT } from '#shared/story.ts';

const WEBHOOK = '01KB1ZH4M2V7C9B1N3X5Z8A0S6';
const DELIVERY = '01KB1ZJ8Q0R3T5Y7V9E1W2P4K6';
const params = { webhook: WEBHOOK };
const wanted = {
  url: 'https://retraining.example/skiff',
  events: ['DriftDetected', 'PerformanceDegraded'],
  endpoint: ENDPOINT,
  description: 'Starts a retraining',
};
const webhook = { ...wanted, id: WEBHOOK, createdAt: AT, createdBy: ACTOR };
const pending = { id: DELIVERY, event: 'Ping', status: 'pending', attempts: 0, createdAt: AT };
const delivered = { status: 'delivered', attempts: 1, answer: 204, lastAttemptAt: AT };

export const examples: Examples = {
  createWebhook: {
    body: wanted,
    answer: { ...webhook, secret: 'whsec_m3FH6q0dY8nX2b5kV9tJ1wZ4sL7cR0uPaE6iGhQyTBo=' },
  },
  listWebhooks: { answer: { items: [webhook] } },
  getWebhook: { params, answer: webhook },
  deleteWebhook: { params },
  pingWebhook: { params, answer: pending },
  listDeliveries: { params, answer: { items: [{ ...pending, ...delivered }] } },
  redeliver: { params: { ...params, delivery: DELIVERY }, answer: pending },
};

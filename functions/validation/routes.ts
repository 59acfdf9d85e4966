import * as z from 'zod';
import { authorOf } from '#shared/author.ts';
import { route } from '#shared/http.ts';
import { idempotencyOf } from '#shared/idempotency.ts';
import { ModelName, PageQuery, pageOf, VersionNumber } from '#slices/registry';
import { decide, listApprovals } from './approvals.ts';
import { getPolicy, listPolicies, putPolicy } from './policies.ts';
import * as s from './schema.ts';
import { getValidation, listValidations, readEvidence, withChecks } from './store.ts';
import { cancelValidation, requestValidation } from './validations.ts';

const VERSION = '/api/v1/models/{model}/versions/{version}';
const OfVersion = z.strictObject({ model: ModelName, version: VersionNumber });
const OfValidation = OfVersion.extend({ validation: z.ulid() });
const OfCheck = OfValidation.extend({ check: z.enum(s.CHECKS) });
const OfPolicy = z.strictObject({ policy: s.PolicyName });

const validations = [
  route({
    method: 'POST',
    path: `${VERSION}/validations`,
    operation: 'startValidation',
    summary: 'Examine a version (again); the answer comes before the verdict',
    scope: 'validate',
    repeat: 'by key',
    params: OfVersion,
    body: s.NewValidation,
    response: { status: 202, location: true, schema: s.Validation },
    run: async (request) => {
      const { model, version } = request.params;
      const wanted = { ...request.body, model, version };
      const idempotency = idempotencyOf(request, `validate ${model} ${version}`, wanted);
      const { actor, requestId } = request;
      const validation = await requestValidation(wanted, { actor, requestId, idempotency });
      const path = `/api/v1/models/${encodeURIComponent(model)}/versions/${version}`;
      return {
        body: validation,
        headers: { location: `${path}/validations/${validation.id}` },
      };
    },
  }),
  route({
    method: 'GET',
    path: `${VERSION}/validations`,
    operation: 'listValidations',
    summary: 'Examinations of a version, newest first',
    scope: 'read',
    params: OfVersion,
    query: PageQuery,
    response: { status: 200, schema: pageOf(s.Validation) },
    run: async ({ params, query }) => ({
      body: await listValidations(params.model, params.version, query),
    }),
  }),
  route({
    method: 'GET',
    path: `${VERSION}/validations/{validation}`,
    operation: 'getValidation',
    summary: 'One examination: progress while it runs, then figures, findings, gates and verdict',
    scope: 'read',
    params: OfValidation,
    response: { status: 200, schema: s.ValidationWithChecks },
    run: async ({ params }) => ({
      body: await withChecks(await getValidation(params.model, params.version, params.validation)),
    }),
  }),
  route({
    method: 'DELETE',
    path: `${VERSION}/validations/{validation}`,
    operation: 'cancelValidation',
    summary: 'Stop an examination that runs',
    scope: 'validate',
    params: OfValidation,
    response: { status: 200, schema: s.Validation },
    run: async (request) => {
      const { model, version, validation } = request.params;
      return { body: await cancelValidation(model, version, validation, authorOf(request)) };
    },
  }),
  route({
    method: 'GET',
    path: `${VERSION}/validations/{validation}/checks/{check}`,
    operation: 'getEvidence',
    summary: 'All that a check measured',
    scope: 'read',
    params: OfCheck,
    response: { status: 200, schema: z.record(z.string(), z.unknown()) },
    run: async ({ params }) => {
      await getValidation(params.model, params.version, params.validation);
      return { body: await readEvidence(params.validation, params.check) };
    },
  }),
];

const approvals = [
  route({
    method: 'POST',
    path: `${VERSION}/approvals`,
    operation: 'decide',
    summary: 'Approve what waits for approval, or reject it, with a reason',
    scope: 'validate',
    params: OfVersion,
    body: s.NewApproval,
    response: { status: 201, schema: s.Approval },
    run: async (request) => {
      const { model, version } = request.params;
      return { body: await decide(model, version, request.body, authorOf(request)) };
    },
  }),
  route({
    method: 'GET',
    path: `${VERSION}/approvals`,
    operation: 'listApprovals',
    summary: 'Who approved or rejected a version, newest first',
    scope: 'read',
    params: OfVersion,
    query: PageQuery,
    response: { status: 200, schema: pageOf(s.Approval) },
    run: async ({ params, query }) => ({
      body: await listApprovals(params.model, params.version, query),
    }),
  }),
];

const policies = [
  route({
    method: 'GET',
    path: '/api/v1/policies',
    operation: 'listPolicies',
    summary: 'Policies that were written, by name',
    scope: 'read',
    names: 'none',
    query: PageQuery,
    response: { status: 200, schema: pageOf(s.Policy) },
    run: async ({ query }) => ({ body: await listPolicies(query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/policies/{policy}',
    operation: 'getPolicy',
    summary: 'One policy; "default" is there from the start',
    scope: 'read',
    names: 'none',
    params: OfPolicy,
    response: { status: 200, schema: s.Policy },
    run: async ({ params }) => {
      const policy = await getPolicy(params.policy);
      return { body: policy, revision: policy.revision };
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/policies/{policy}',
    operation: 'putPolicy',
    summary: 'Say what versions must show before they carry traffic',
    scope: 'validate',
    names: 'none',
    params: OfPolicy,
    body: s.PolicySpec,
    response: { status: 200, schema: s.Policy },
    run: async (request) => {
      const policy = await putPolicy(request.params.policy, request.body, authorOf(request));
      return { body: policy, revision: policy.revision };
    },
  }),
];

export const routes = [...validations, ...approvals, ...policies];

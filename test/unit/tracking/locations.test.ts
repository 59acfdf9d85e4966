import { afterEach, describe, expect, it } from '@jest/globals';
import { pathOf, withHost, withoutHost } from '../../../functions/tracking/locations.ts';

const HOST = 'd1.cloudfront.net:8080';
afterEach(() => {
  delete process.env.SKIFF_ARTIFACT_HOST;
});

describe('the location of artifacts', () => {
  it.each([
    ['mlflow-artifacts:/1', `mlflow-artifacts://${HOST}/1`],
    ['mlflow-artifacts:/1/r/artifacts', `mlflow-artifacts://${HOST}/1/r/artifacts`],
    ['mlflow-artifacts:/', `mlflow-artifacts://${HOST}/`],
    ['mlflow-artifacts://other/1', 'mlflow-artifacts://other/1'],
    ['s3://bucket/1', 's3://bucket/1'],
  ])('%s is told as %s where a host takes them, and kept without it', (stored, told) => {
    expect([withHost(stored), withoutHost(stored)]).toEqual([stored, stored]);
    process.env.SKIFF_ARTIFACT_HOST = HOST;
    expect([withHost(stored), withoutHost(told)]).toEqual([told, stored]);
    process.env.SKIFF_ARTIFACT_HOST = '';
    expect(withHost(stored)).toBe(stored);
  });

  it.each([
    ['mlflow-artifacts:/1/r', '1/r'],
    [`mlflow-artifacts://${HOST}/1/r`, '1/r'],
    ['mlflow-artifacts://other/1', undefined],
    ['s3://bucket/1', undefined],
    ['mlflow-artifacts:1', undefined],
  ])('%s is the path %s here', (location, path) => {
    process.env.SKIFF_ARTIFACT_HOST = HOST;
    if (path === undefined) expect(() => pathOf(location)).toThrow('is not among the files');
    else expect(pathOf(location)).toBe(path);
  });
});

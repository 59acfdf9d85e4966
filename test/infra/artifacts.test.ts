import { describe, expect, it } from '@jest/globals';
import { synthesise } from './synthesise.ts';

describe('x', () => {
  it('y', () => {
    const { app, artifacts } = synthesise({ artifactHost: true });
    console.log(JSON.stringify(artifacts?.toJSON(), null, 1));
    expect(() => app.synth()).not.toThrow();
  });
});

import { describe, expect, it } from '@jest/globals';
import { PageTrail } from '../../../ui/lib/page-trail.ts';

describe('the page before', () => {
  it('is the one that led there, for each question its own', () => {
    const trail = new PageTrail();
    trail.note('all', 'b', { page: undefined, from: 0 });
    trail.note('all', 'c', { page: 'b', from: 100 });
    // The same place in a shorter list.
    trail.note('failed', 'x', { page: undefined, from: 0 });
    trail.note('failed', 'c', { page: 'x', from: 100 });
    expect(trail.before('all', 'c')).toEqual({ page: 'b', from: 100 });
    expect(trail.before('failed', 'c')).toEqual({ page: 'x', from: 100 });
    expect(trail.before('all', 'b')).toEqual({ page: undefined, from: 0 });
  });

  it('is not known to who was sent the address', () => {
    const trail = new PageTrail();
    trail.note('all', 'b', { page: undefined, from: 0 });
    expect(trail.before('failed', 'b')).toBeUndefined();
  });
});

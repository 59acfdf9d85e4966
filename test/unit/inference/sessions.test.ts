import { describe, expect, it, jest } from '@jest/globals';
import type { OnnxSession } from '#shared/onnx.ts';
import { memoryOf, modelMemory, Sessions } from '../../../functions/inference/sessions.ts';
import { artifactOf } from '../../helpers/tiny-model.ts';

const file = (content: string) => new TextEncoder().encode(content.padEnd(2 ** 20));
const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ bytes: file(name), ...artifactOf(file(name)) }));
const files = [a, b, c] as { bytes: Uint8Array; sha256: string; sizeBytes: number }[];
const [first, second, third] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];

function setUp(models = 2) {
  const fetchArtifact = jest.fn(
    async ({ sha256 }: { sha256: string }) =>
      files.find((one) => one.sha256 === sha256)?.bytes as Uint8Array,
  );
  const released: string[] = [];
  const createSession = jest.fn(async (model: Uint8Array) => {
    const name = new TextDecoder().decode(model.subarray(0, 1));
    return { release: async () => void released.push(name) } as unknown as OnnxSession;
  });
  const maxBytes = models * memoryOf(first);
  return {
    sessions: new Sessions({ fetchArtifact, createSession, maxBytes }),
    fetchArtifact,
    createSession,
    released,
  };
}

describe('sessions', () => {
  it('load a model once for all who ask at the same time', async () => {
    const { sessions, fetchArtifact, createSession } = setUp();
    const all = await Promise.all([1, 2, 3].map(() => sessions.borrow(first)));
    expect(fetchArtifact).toHaveBeenCalledTimes(1);
    expect(createSession).toHaveBeenCalledTimes(1);
    expect(new Set(all).size).toBe(1);
    expect(sessions.take(first)).toBe(all[0]);
  });

  it('give up the least recently used model when memory runs out', async () => {
    const { sessions, released } = setUp(2);
    for (const artifact of [first, second]) sessions.done(await sessions.borrow(artifact));
    sessions.done(sessions.take(first) as never);
    sessions.done(await sessions.borrow(third));
    expect(released).toEqual(['b']);
    expect([first, second, third].map((artifact) => sessions.has(artifact))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('make room before the runtime takes memory for the next', async () => {
    const { sessions, released, createSession } = setUp(1);
    sessions.done(await sessions.borrow(first));
    createSession.mockImplementationOnce(async () => {
      expect(released).toEqual(['a']);
      return {} as OnnxSession;
    });
    await sessions.load(second);
    expect(createSession).toHaveBeenCalledTimes(2);
  });

  it('release a model that is given up while it runs only afterwards', async () => {
    const { sessions, released } = setUp(1);
    const loaded = await sessions.borrow(first);
    await sessions.load(second);
    expect(released).toEqual([]);
    sessions.done(loaded);
    expect(released).toEqual(['a']);
  });

  it('refuse bytes that are not those of the digest', async () => {
    const { sessions, fetchArtifact } = setUp();
    fetchArtifact.mockResolvedValueOnce(second.bytes);
    await expect(sessions.load(first)).rejects.toThrow('it was altered in storage');
    expect(sessions.has(first)).toBe(false);
  });

  it('try again after a failure', async () => {
    const { sessions, fetchArtifact } = setUp();
    fetchArtifact.mockRejectedValueOnce(new Error('no network'));
    await expect(sessions.borrow(first)).rejects.toThrow('no network');
    await expect(sessions.borrow(first)).resolves.toBeDefined();
  });

  it('say of a model that cannot fit what would help, and do not fetch it', async () => {
    const { sessions, fetchArtifact } = setUp();
    const artifact = { sha256: '0'.repeat(64), sizeBytes: 2 ** 30 };
    await expect(sessions.load(artifact)).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('raise the memory of the inference function'),
    });
    expect(fetchArtifact).not.toHaveBeenCalled();
  });

  it('pass on what the runtime says of a model that it cannot load', async () => {
    const { sessions, createSession } = setUp();
    createSession.mockRejectedValueOnce(new Error('protobuf parsing failed'));
    await expect(sessions.load(first)).rejects.toMatchObject({
      code: 'unprocessable',
      message: 'the runtime cannot load the model: protobuf parsing failed',
    });
  });

  it('may use what the function has beside its own needs', () => {
    expect(modelMemory(1769)).toBe((1769 - 256) * 2 ** 20);
    expect(modelMemory(128)).toBe(32 * 2 ** 20);
  });
});

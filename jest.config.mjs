// Tests see a copy of the environment; the native runtime reads the real one.
process.env.ORT_DISABLE_TELEMETRY = '1';

const project = (displayName, extra = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  testEnvironment: '<rootDir>/test/helpers/onnx-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  ...extra,
});

export default {
  coverageProvider: 'v8',
  testSequencer: '<rootDir>/test/helpers/longest-first.mjs',
  projects: [
    project('unit'),
    project('infra'),
    project('bundle'),
    project('e2e', { testPathIgnorePatterns: ['/e2e/alone/'] }),
    // What breaks the platform, or changes it for everybody.
    project('e2e-alone', {
      testMatch: ['<rootDir>/test/e2e/alone/**/*.test.ts'],
      runner: '<rootDir>/test/helpers/serial-runner.mjs',
    }),
    project('interop', { testTimeout: 120_000 }),
  ],
};

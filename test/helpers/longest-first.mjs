import { statSync } from 'node:fs';

/** What takes minutes, most of them spent waiting: begun first, so that nothing waits for it at the end. */
const LONGEST = [
  'e2e/rollouts',
  'interop/mlflow',
  'interop/notebook',
  'e2e/docs',
  'e2e/monitoring',
];

/** Jest's own order knows durations from its cache only, which a clean checkout lacks. */
export default class LongestFirst {
  sort(tests) {
    const place = ({ path }) => {
      const at = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    const size = ({ path }) => statSync(path).size;
    return [...tests].sort((a, b) => place(a) - place(b) || size(b) - size(a));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

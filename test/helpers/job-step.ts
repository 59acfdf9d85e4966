/*
 * Runs one step of a batch job in this process, by the handler that is deployed:
 * `node test/helpers/job-step.ts score '{"job":"…","attempt":1,"shard":0}'`. Its answer is the last line.
 */
const STEPS = {
  plan: () => import('../../functions/jobs/handlers/plan-job.ts'),
  score: () => import('../../functions/inference/batch/handlers/score-shard.ts'),
  finish: () => import('../../functions/jobs/handlers/finish-job.ts'),
};

const [step, event = ''] = process.argv.slice(2);
const { handler } = await STEPS[step as keyof typeof STEPS]();
const answer = await (handler as (event: unknown) => Promise<unknown>)(JSON.parse(event));
console.log(`\n${JSON.stringify(answer ?? null)}`);

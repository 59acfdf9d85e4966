import { type Attempt, beginJob } from '../workflow.ts';

interface Started extends Attempt {
  readonly execution: string;
}

export const handler = ({ execution, ...of }: Started) => beginJob(of, execution);

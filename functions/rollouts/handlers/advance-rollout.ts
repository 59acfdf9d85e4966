import { advance, type Look, type Next } from '../advance.ts';

/** The workflow's one step: looks at the rollout, does what is due, says when to look again. */
export const handler = (look: Look): Promise<Next> => advance(look);

import type { ComponentType } from 'preact';

/** A page of the application: what its address looks like, and what draws it. */
export interface Page {
  /** Below the workspace: `experiments/:experiment`. */
  readonly path: string;
  readonly view: ComponentType<PageProps>;
}

export interface PageProps {
  /** The parts of the path that are named with a colon. */
  readonly params: Readonly<Record<string, string>>;
}

/** Who asks for a change, as the audit log names it. */
export interface Author {
  readonly actor: string;
  readonly requestId: string;
  /** Revision that they have seen. */
  readonly ifMatch?: number;
}

/** What a change needs to know of its request, and no more of it. */
export const authorOf = ({ actor, requestId, ifMatch }: Author): Author => ({
  actor,
  requestId,
  ...(ifMatch !== undefined && { ifMatch }),
});

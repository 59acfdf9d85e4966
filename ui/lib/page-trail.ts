/** A page: the API's token of it, none for the first, and how many rows come before it. */
export interface PageAt {
  readonly page: string | undefined;
  readonly from: number;
}

/** Which page each was reached from. Tokens of several questions may be alike, so both count. */
export class PageTrail {
  private readonly seen = new Map<string, PageAt>();

  /** @param question all that the rows depend on, as a text */
  note(question: string, token: string, before: PageAt): void {
    this.seen.set(JSON.stringify([question, token]), before);
  }

  before(question: string, token: string): PageAt | undefined {
    return this.seen.get(JSON.stringify([question, token]));
  }
}

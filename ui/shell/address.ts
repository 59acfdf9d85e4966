/** Browsers refuse more than 100 changes in 30 s, which dragging a slider makes in two. */
const PAUSE_MS = 400;

/** The address after `#`, written as often as browsers allow. */
export class Address {
  /** What it is, or will be in a moment. */
  hash = location.hash;
  private written = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param push an entry of its own in the history, at once */
  write(hash: string, push: boolean): void {
    this.hash = hash;
    clearTimeout(this.timer);
    const wait = this.written + PAUSE_MS - Date.now();
    if (push) history.pushState(null, '', hash);
    else if (wait > 0) this.timer = setTimeout(() => this.replace(), wait);
    else this.replace();
  }

  /** Somebody went elsewhere: what was to be written belongs to the page before. */
  follow(): void {
    clearTimeout(this.timer);
    this.hash = location.hash;
  }

  private replace(): void {
    this.written = Date.now();
    history.replaceState(null, '', this.hash);
  }
}

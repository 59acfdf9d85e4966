import type { Pages } from '../lib/use-pages.ts';

interface Props {
  readonly pages: Pages;
  readonly shown: number;
  /** The API's token of the page after this one; none after the last. */
  readonly next: string | undefined;
}

/** Pages whose number is not known: MLflow's API says only whether there is another one. */
export function Pager({ pages, shown, next }: Props) {
  const { first, previous } = pages;
  if (!previous && next === undefined) return null;
  const onNext = next === undefined ? undefined : () => pages.next(next, shown);
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={!previous} onClick={previous}>
        Previous
      </button>
      <span aria-live="polite">
        {shown === 0 ? 'nothing more' : `${first + 1}–${first + shown}`}
      </span>
      <button type="button" disabled={!onNext} onClick={onNext}>
        Next
      </button>
    </nav>
  );
}

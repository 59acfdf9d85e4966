interface Props {
  /** Counted from 0. */
  readonly first: number;
  readonly shown: number;
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
}

/** Pages whose number is not known: MLflow's API says only whether there is another one. */
export function Pager({ first, shown, onPrevious, onNext }: Props) {
  if (!onPrevious && !onNext) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={!onPrevious} onClick={onPrevious}>
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

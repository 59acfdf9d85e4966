import { useEffect, useId, useRef, useState } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  /** Ms after the last key; without it, Enter alone searches. */
  readonly after?: number;
  readonly problem?: string | undefined;
  readonly onSearch: (text: string) => void;
}

/** A field whose text becomes a search; what is wrong with it is said below it. */
export function SearchBox({ label, value, placeholder, after, problem, onSearch }: Props) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  // The address changed by other means, such as the browser's Back.
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (wanted: string) => {
    clearTimeout(timer.current);
    if (wanted !== value) onSearch(wanted);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    search(text.trim());
  };
  const input = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    // What empties the field, such as its cross, is meant.
    if (typed === '') search('');
    else if (after !== undefined) timer.current = setTimeout(search, after, typed.trim());
  };
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label for={id}>{label}</label>
        <input
          id={id}
          type="search"
          value={text}
          placeholder={placeholder}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onInput={({ currentTarget }) => input(currentTarget.value)}
        />
        {problem && (
          <p id={`${id}-problem`} class="problem" role="alert">
            {problem}
          </p>
        )}
      </form>
    </search>
  );
}

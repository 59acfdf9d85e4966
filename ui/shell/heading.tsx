import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** Also of the browser's window. */
  readonly title: string;
  /** The pages above this one. */
  readonly trail?: readonly { readonly name: string; readonly href: string }[];
  /** Beside the title: state, buttons. */
  readonly children?: ComponentChildren;
}

let isFirst = true;

/** A page's title. Who comes from another page is taken to it, as with a page of its own. */
export function Heading({ title, trail = [], children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    isFirst = false;
  }, []);
  useEffect(() => {
    document.title = title === '' ? 'Skiff' : `${title} · Skiff`;
  }, [title]);
  return (
    <div class="heading">
      {trail.length > 0 && (
        <nav class="trail" aria-label="Above this page">
          {trail.map(({ name, href }) => (
            <a key={href} href={href}>
              {name}
            </a>
          ))}
        </nav>
      )}
      <div class="title">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </div>
    </div>
  );
}

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** Before the label, smaller; part of the button's name. */
  readonly title?: string;
  readonly align?: 'start' | 'end';
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button that opens a panel. Escape, a click elsewhere and leaving it by Tab close it. */
export function Menu({ label, title, align = 'start', children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    const outside = ({ target }: Event) =>
      !root.current?.contains(target as Node) && setOpen(false);
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes from anywhere within
    <div class="menu" ref={root} onKeyDown={({ key }) => key === 'Escape' && open && close()}>
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {title && <span class="of">{title}</span>} {label}
      </button>
      {open && (
        <div id={id} class={`panel ${align}`}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  /** A page that the API drew: it runs nothing and loads nothing. */
  readonly html: string;
}

/**
 * A page of the API within this one, in a frame as high as it is. No script runs in it; it is of this
 * origin only so that its height can be read and its links be followed from here.
 */
export function ServerPage({ title, html }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const element = frame.current as HTMLIFrameElement;
    let watch: ResizeObserver | undefined;
    const loaded = () => {
      const { documentElement: root } = element.contentDocument as Document;
      watch?.disconnect();
      watch = new ResizeObserver(() => {
        element.style.height = `${root.offsetHeight}px`;
      });
      watch.observe(root);
      root.addEventListener('click', (event) => follow(event, element));
    };
    element.addEventListener('load', loaded);
    element.srcdoc = trusted(html);
    return () => {
      watch?.disconnect();
      element.removeEventListener('load', loaded);
    };
  }, [html]);
  return <iframe ref={frame} class="server-page" title={title} sandbox="allow-same-origin" />;
}

/** As far as it is used: TypeScript's types of browsers do not know it yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createHTML: (html: string) => string },
  ): { createHTML: (html: string) => string };
}

/** This page's security policy asks that what becomes markup is marked as meant. */
const policy = (window as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('api-pages', {
  createHTML: (html) => html,
});
const trusted = (html: string): string => policy?.createHTML(html) ?? html;

/** Links to parts of the page scroll this one, which is as high as all of it; others open a tab. */
function follow(event: MouseEvent, frame: HTMLIFrameElement): void {
  const href = (event.target as Element).closest('a')?.getAttribute('href');
  if (!href) return;
  event.preventDefault();
  if (href.startsWith('#')) scrollToPart(frame, href.slice(1));
  else if (/^https?:/.test(href)) open(href, '_blank', 'noopener');
}

function scrollToPart(frame: HTMLIFrameElement, id: string): void {
  const part = frame.contentDocument?.getElementById(id);
  if (!part) return;
  scrollTo({ top: scrollY + frame.getBoundingClientRect().top + part.getBoundingClientRect().top });
}

import { useEffect, useRef } from 'preact/hooks';
import { useHere } from '../shell/place-context.tsx';

interface Props {
  readonly title: string;
  /** A page that the API drew: it runs nothing and loads nothing. */
  readonly html: string;
  /** The place in the application of a link of the page, which leads into the API. */
  readonly placeOf: (href: string) => readonly string[] | undefined;
}

/**
 * A page of the API within this one, in a frame as high as it is. No script runs in it; it is of this
 * origin only so that its height can be read and its links be followed from here.
 */
export function ServerPage({ title, html, placeOf }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const { to, go } = useHere();
  const follow = useRef((_event: MouseEvent) => {});
  follow.current = (event) => {
    const href = (event.target as Element).closest('a')?.getAttribute('href');
    if (!href) return;
    event.preventDefault();
    if (href.startsWith('#')) scrollToPart(frame.current, href.slice(1));
    else if (/^https:/.test(href)) open(href, '_blank', 'noopener');
    else {
      const place = placeOf(href);
      if (place) go(to(place));
    }
  };
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
      root.addEventListener('click', (event) => follow.current(event));
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

function scrollToPart(frame: HTMLIFrameElement | null, id: string): void {
  const part = frame?.contentDocument?.getElementById(id);
  if (!frame || !part) return;
  scrollTo({ top: scrollY + frame.getBoundingClientRect().top + part.getBoundingClientRect().top });
}

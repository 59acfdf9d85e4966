import { useEffect, useState } from 'preact/hooks';

const NAMES = [
  'ink',
  'muted',
  'line',
  'paper',
  'accent',
  's0',
  's1',
  's2',
  's3',
  's4',
  's5',
  's6',
  's7',
];
/** More are not told apart. */
export const COLOURS = 8;

const read = (): Readonly<Record<string, string>> => {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  );
};

/** The style's colours for what is drawn on a canvas, which knows nothing of styles. */
export function useColours(): Readonly<Record<string, string>> {
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setColours(read());
    scheme.addEventListener('change', follow);
    return () => scheme.removeEventListener('change', follow);
  }, []);
  return colours;
}

export const colourOf = (colours: Readonly<Record<string, string>>, index: number): string =>
  colours[`s${index % COLOURS}`] as string;

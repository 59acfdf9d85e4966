const minus = (text: string): string => text.replace(/^-/, '−').replace('e-', 'e−');

/** A metric to six digits, which tells close runs apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return minus(value.toLocaleString('en-US'));
  if (size >= 1e9 || size < 1e-4) return minus(value.toExponential(3));
  return minus(String(Number(value.toPrecision(6))));
}

/** `3 h 12 min`, `45 s`, `120 ms`: the two largest units. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The local date and minute: `2026-11-26 04:12`. */
export function moment(at: number | string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '–';
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How long ago it was, in one unit. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  const units = [
    ...([
      ['d', 86_400],
      ['h', 3600],
      ['min', 60],
    ] as const),
  ];
  for (const [unit, size] of units) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  }
  return 'just now';
}

import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { escapeHtml as e } from '#shared/escape-html.ts';
import type { BarPlot, LinePlot, MatrixPlot, Plot } from './blocks.ts';
import { number } from './numbers.ts';

const WIDTH = 360;
const COLOURS = 4;

/** A figure with its drawing: inline SVG whose colours are the page's. */
export function drawPlot(plot: Plot): string {
  const { height, body } = draw(plot);
  return `<figure><figcaption>${e(plot.title)}<span>${e(plot.description)}</span></figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${e(plot.title)}</title><desc>${e(plot.description)}</desc>${body}</svg></figure>`;
}

interface Drawing {
  readonly height: number;
  readonly body: string;
}

function draw(plot: Plot): Drawing {
  if (plot.type === 'lines') return drawLines(plot);
  return plot.type === 'bars' ? drawBars(plot) : drawMatrix(plot);
}

const BOX = { left: 42, right: 352, top: 8, bottom: 240 } as const;
const LEGEND_HEIGHT = 18;

/** Coordinates to a tenth of a unit; what cannot be drawn is drawn at the origin. */
const at = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '0');

function drawLines(plot: LinePlot): Drawing {
  const x = scaleLinear(plot.x.domain, [BOX.left, BOX.right]).clamp(true);
  const y = scaleLinear(plot.y.domain, [BOX.bottom, BOX.top]).clamp(true);
  const shown = plot.series.slice(0, COLOURS);
  const legend = shown.length > 1 ? shown.map(legendEntry).join('') : '';
  const [x0, x1] = plot.x.domain;
  const [y0, y1] = plot.y.domain;
  const chance = plot.diagonal
    ? `<line class="chance" x1="${at(x(x0))}" y1="${at(y(y0))}" x2="${at(x(x1))}" y2="${at(y(y1))}"/>`
    : '';
  const body = [
    ...y
      .ticks(5)
      .map(
        (tick) =>
          `<line class="grid" x1="${BOX.left}" x2="${BOX.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text x="${BOX.left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${e(tickText(tick))}</text>`,
      ),
    ...x
      .ticks(5)
      .map(
        (tick) =>
          `<text x="${at(x(tick))}" y="${BOX.bottom + 16}" text-anchor="middle">${e(tickText(tick))}</text>`,
      ),
    `<line class="axis" x1="${BOX.left}" x2="${BOX.right}" y1="${BOX.bottom}" y2="${BOX.bottom}"/>`,
    chance,
    ...shown.map((series, i) => drawSeries(series, i, { x, y })),
    `<text x="${(BOX.left + BOX.right) / 2}" y="${BOX.bottom + 34}" text-anchor="middle">${e(plot.x.label)}</text>`,
    `<text transform="translate(10 ${(BOX.top + BOX.bottom) / 2}) rotate(-90)" text-anchor="middle">${e(plot.y.label)}</text>`,
    legend,
  ];
  const rows = shown.length > 1 ? shown.length : 0;
  return { height: BOX.bottom + 42 + rows * LEGEND_HEIGHT, body: body.join('') };
}

const tickText = (value: number): string =>
  number(Number(value.toPrecision(3)))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

type Series = LinePlot['series'][number];
type Scales = Record<'x' | 'y', (value: number) => number>;

function drawSeries({ points, band, dots }: Series, index: number, { x, y }: Scales): string {
  const path = line<readonly [number, number]>(
    ([px]) => x(px),
    ([, py]) => y(py),
  ).digits(1);
  const region = area<readonly [number, number, number]>()
    .x(([px]) => x(px))
    .y0(([, lower]) => y(lower))
    .y1(([, , upper]) => y(upper))
    .digits(1);
  return [
    band ? `<path class="band f${index}" d="${region([...band]) ?? ''}"/>` : '',
    `<path class="line c${index}" d="${path([...points]) ?? ''}"/>`,
    ...(dots
      ? points.map(
          ([px, py]) => `<circle class="f${index}" cx="${at(x(px))}" cy="${at(y(py))}" r="3"/>`,
        )
      : []),
  ].join('');
}

const legendEntry = ({ name }: Series, index: number): string => {
  const y = BOX.bottom + 52 + index * LEGEND_HEIGHT;
  return `<line class="line c${index}" x1="${BOX.left}" x2="${BOX.left + 18}" y1="${y - 4}" y2="${y - 4}"/><text class="ink" x="${BOX.left + 26}" y="${y}">${e(shorten(name, 45))}</text>`;
};

const BAR_ROW = 34;

/** Label and value above each bar, so that long names fit on a phone. */
function drawBars({ rows }: BarPlot): Drawing {
  if (rows.length === 0) return { height: 24, body: '<text x="0" y="16">Nothing to draw.</text>' };
  const ends = rows.flatMap(({ value, range }) => [value, ...(range ?? [])]);
  const x = scaleLinear([Math.min(0, ...ends), Math.max(0, ...ends)], [2, WIDTH - 2]);
  const body = rows.map(({ label, value, text, range, muted }, i) => {
    const top = i * BAR_ROW;
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    const whisker = range
      ? `<line class="whisker" x1="${at(x(range[0]))}" x2="${at(x(range[1]))}" y1="${top + 24}" y2="${top + 24}"/>${range.map((end) => `<line class="whisker" x1="${at(x(end))}" x2="${at(x(end))}" y1="${top + 21}" y2="${top + 27}"/>`).join('')}`
      : '';
    return `<g${muted ? ' class="pale"' : ''}><title>${e(`${label}: ${text}`)}</title><text class="ink" x="0" y="${top + 13}">${e(shorten(label, 44))}</text><text class="ink" x="${WIDTH}" y="${top + 13}" text-anchor="end">${e(text)}</text><rect class="track" x="0" y="${top + 19}" width="${WIDTH}" height="10" rx="2"/><rect class="bar" x="${at(from)}" y="${top + 19}" width="${at(to - from)}" height="10" rx="2"/>${whisker}</g>`;
  });
  return { height: rows.length * BAR_ROW, body: body.join('') };
}

function drawMatrix({ labels, counts }: MatrixPlot): Drawing {
  if (labels.length === 0)
    return { height: 24, body: '<text x="0" y="16">Nothing to draw.</text>' };
  const left = 84;
  const top = 34;
  const size = Math.min(90, (WIDTH - left) / labels.length);
  const fits = Math.max(2, Math.floor(size / 6.5));
  const body = counts.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    const y = top + i * size;
    const name = `<text class="ink" x="${left - 8}" y="${at(y + size / 2 + 4)}" text-anchor="end">${e(shorten(labels[i] ?? '', 12))}</text>`;
    const cells = row.map((count, k) => {
      const x = left + k * size;
      return `<rect class="cell" x="${at(x)}" y="${at(y)}" width="${at(size)}" height="${at(size)}" fill-opacity="${(0.04 + 0.31 * (count / total)).toFixed(3)}"><title>${e(`true ${labels[i]}, predicted ${labels[k]}: ${count}`)}</title></rect><text class="ink" x="${at(x + size / 2)}" y="${at(y + size / 2 + 4)}" text-anchor="middle">${e(number(count))}</text>`;
    });
    return [name, ...cells];
  });
  const heads = labels.map(
    (label, k) =>
      `<text class="ink" x="${at(left + (k + 0.5) * size)}" y="${top - 6}" text-anchor="middle">${e(shorten(label, fits))}</text>`,
  );
  const axes = `<text x="${left}" y="12">Predicted</text><text x="0" y="${top - 6}">True</text>`;
  return {
    height: Math.ceil(top + labels.length * size + 4),
    body: [axes, ...heads, ...body].join(''),
  };
}

const shorten = (text: string, most: number): string =>
  [...text].length > most ? `${[...text].slice(0, most - 1).join('')}…` : text;
